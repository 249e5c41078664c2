"""Requests that cost a service much more than they cost their sender: long lists of small parts,
and shapes whose parsers take time in the square of the size.

Nothing here knows an operation. `workshop.fuzz.test_cost` sends all of it everywhere.
"""

from base64 import urlsafe_b64encode
from encodings.aliases import aliases

BODY_BYTES = 1_000_000
VALUE_BYTES = 990_000
"""Leaves room for the rest of a body of the default size."""
HEADER_BYTES = 60_000
URL_BYTES = 7_500
CODECS = sorted({*aliases.values(), "idna", "punycode", "unicode_escape", "undefined", "unknown"})


def filled(unit: str | bytes, size: int, start: str = "", end: str = "") -> bytes:
    """Repeat a unit until the size is reached, between a start and an end."""
    raw = unit if isinstance(unit, bytes) else unit.encode()
    return start.encode() + raw * ((size - len(start) - len(end)) // len(raw)) + end.encode()


def numbered(unit: str, size: int, start: str = "", end: str = "", between: str = ",") -> bytes:
    """Repeat a unit with a number in it, so that no two are equal."""
    count = size // (len(unit.replace("%d", "99999")) + len(between))
    return (start + between.join(unit % n for n in range(count)) + end).encode()


def _nested(start: str, end: str, size: int) -> bytes:
    levels = size // len(start + end)
    return (start * levels + "1" + end * levels).encode()


def _values(size: int) -> dict[str, bytes]:
    return {
        "long text": filled("x", size, '"', '"'),
        "spaces": filled(" ", size, '"', ' x"'),
        "escapes": filled("\\u0041", size, '"', '"'),
        "surrogate pairs": filled("\\ud83d\\ude00", size, '"', '"'),
        "lone surrogates": filled("\\ud800", size, '"', '"'),
        "combining marks": filled("\u0300", size, '"a', '"'),
        "ligatures that grow when normalized": filled("\ufdfa", size, '"', '"'),
        "expanding case": filled("\u0390", size, '"', '"'),
        "digits as text": filled("9", size, '"', '"'),
        "decimal of many places": filled("9", size, '"0.', '"'),
        "decimal of a huge exponent": b'"1e999999999999"',
        "decimal of a tiny exponent": b'"1e-999999999999"',
        "zeros before": filled("0", size, '"', '1"'),
        "underscores": filled("1_", size, '"', '1"'),
        "address of labels": filled("a.", size, '"x@', 'example"'),
        "address of dots": filled("a.", size, '"', 'a@example.com"'),
        "URL of percents": filled("%41", size, '"https://example.com/', '"'),
        "hyphens": filled("0-", size, '"', '"'),
        "colons": filled("00:", size, '"2030-01-01T', '"'),
        "long integer": filled("9", size),
        "many integers of 4,300 digits": filled("9" * 4300 + ",", size, "[", "0]"),
        "long float": filled("9", size, "0."),
        "huge exponent": filled("9", size, "1e"),
        "many floats": filled("1.7976931348623157e308,", size, "[", "0]"),
        "items": filled("0,", size, "[", "0]"),
        "nulls": filled("null,", size, "[", "0]"),
        "empty texts": filled('"",', size, "[", "0]"),
        "different texts": numbered('"%d"', size, "[", "]"),
        "empty lists": filled("[],", size, "[", "0]"),
        "empty objects": filled("{},", size, "[", "0]"),
        "small objects": filled('{"a":1},', size, "[", "0]"),
        "lists of lists": filled("[[[[[[[[]]]]]]]],", size, "[", "0]"),
        "names": numbered('"k%d":1', size, "{", "}"),
        "names with texts": numbered('"k%d":""', size, "{", "}"),
        "names with objects": numbered('"k%d":{}', size, "{", "}"),
        "one name": filled('"a":1,', size, "{", '"a":1}'),
        "one long name": filled("x", size, '{"', '":1}'),
        "names of surrogates": numbered('"\\ud800%d":1', size, "{", "}"),
        "names that differ at the end": numbered('"' + "x" * 900 + '%d":1', size, "{", "}"),
        "deep lists": _nested("[", "]", size),
        "deep objects": _nested('{"a":', "}", size),
        "deep lists, not closed": filled("[", size),
        "deep objects, not closed": filled('{"a":', size),
        "quotes": filled('"', size),
        "escaped quotes": filled('\\"', size, '"'),
        "backslashes": filled("\\", size, '"'),
        "blanks": filled(" \t\r\n", size, "1"),
        "commas": filled(",", size),
        "minus signs": filled("-", size),
        "not UTF-8": filled(b"\xff", size, '"', '"'),
        "half a character": filled(b"\xe2\x82", size, '"', '"'),
    }


VALUES = _values(VALUE_BYTES)
"""For every place in a body, and as the body itself."""
SMALL_VALUES = _values(60_000)
"""The same, of a size that some limits let pass."""

FORMS = {
    "ampersands": filled("&", VALUE_BYTES),
    "semicolons": filled(";", VALUE_BYTES),
    "equals signs": filled("=", VALUE_BYTES),
    "fields": numbered("k%d=1", VALUE_BYTES, between="&"),
    "percents": filled("%", VALUE_BYTES, "username="),
    "escapes": filled("%41", VALUE_BYTES, "username="),
    "pluses": filled("+", VALUE_BYTES, "username="),
    "parts": filled('--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n', VALUE_BYTES),
    "boundaries": filled("\r\n--x", VALUE_BYTES, "--x"),
    "headers of a part": filled("A: b\r\n", VALUE_BYTES, "--x\r\n"),
    "part": filled("x-", VALUE_BYTES, '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n'),
}
MEDIA_TYPES = [
    "application/json",
    "application/merge-patch+json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "application/octet-stream",
]

# One header each; their names, and all that they may list.
HEADERS: dict[str, tuple[str, bytes]] = {
    f"{name}: {what}": (name, value)
    for name in (
        "Accept",
        "Accept-Encoding",
        "Accept-Language",
        "Access-Control-Request-Headers",
        "Authorization",
        "Connection",
        "Content-Disposition",
        "Content-Length",
        "Content-Type",
        "Cookie",
        "Expect",
        "Forwarded",
        "Host",
        "Idempotency-Key",
        "If-Match",
        "If-Modified-Since",
        "If-None-Match",
        "If-Range",
        "Origin",
        "Range",
        "Traceparent",
        "Transfer-Encoding",
        "X-Forwarded-For",
        "X-Request-ID",
    )
    for what, value in {
        "long": filled("x", HEADER_BYTES),
        "digits": filled("9", HEADER_BYTES),
        "spaces": filled(" ", HEADER_BYTES, "x", "x"),
        "tabs": filled("\t", HEADER_BYTES, "x", "x"),
        "commas": filled(",", HEADER_BYTES),
        "commas and blanks": filled(" ,\t", HEADER_BYTES),
        "semicolons": filled(";", HEADER_BYTES, "a/b"),
        "parameters": filled(";a=b", HEADER_BYTES, "application/json"),
        "continued parameters": numbered("a*%d*=utf-8''b", HEADER_BYTES, "a/b;", between=";"),
        "tags": filled('"1",', HEADER_BYTES, "", '"1"'),
        "weak tags": filled('W/"1" , ', HEADER_BYTES),
        "tags, not closed": filled('"1', HEADER_BYTES),
        "qualities": filled("a/b;q=0.1,", HEADER_BYTES),
        "ranges": filled("0-0,", HEADER_BYTES, "bytes="),
        "pairs": filled("a=b; ", HEADER_BYTES),
        "quotes": filled('"', HEADER_BYTES, "a/b; a="),
        "backslashes": filled("\\", HEADER_BYTES, 'a/b; a="', '"'),
        "brackets": filled("[", HEADER_BYTES),
        "colons": filled(":", HEADER_BYTES),
        "encoded words": filled("=?utf-8?q?a?= ", HEADER_BYTES),
        "parentheses": filled("(", HEADER_BYTES),
        "not ASCII": filled(b"\xff", HEADER_BYTES),
    }.items()
}

QUERIES: dict[str, bytes] = {
    "ampersands": filled("&", URL_BYTES),
    "semicolons": filled(";", URL_BYTES),
    "names": filled("a=&", URL_BYTES),
    "different names": numbered("k%d=", URL_BYTES, between="&"),
    "known names": filled("limit=1&", URL_BYTES),
    "sorts": filled("name,", URL_BYTES, "sort="),
    "percents": filled("%", URL_BYTES, "cursor="),
    "escapes": filled("%41", URL_BYTES, "cursor="),
    "broken UTF-8": filled("%ff", URL_BYTES, "cursor="),
    "pluses": filled("+", URL_BYTES, "cursor="),
}
STRINGS: dict[str, bytes] = {
    "long": filled("x", 2_000),
    "longer": filled("x", 7_000),
    "digits": filled("9", 2_000),
    "more digits": filled("9", 7_000),
    "zeros": filled("0", 7_000, "", "1"),
    "places": filled("9", 7_000, "0."),
    "huge exponent": b"1e999999999999",
    "tiny exponent": b"1e-999999999999",
    "underscores": filled("1_", 7_000, "", "1"),
    "blanks": filled(" ", 2_000, "", "x"),
    "hyphens": filled("-", 2_000),
    "deep cursor": urlsafe_b64encode(b"[" * 1_400),
    "cursor of items": urlsafe_b64encode(b"[" + b"0," * 700 + b"0]"),
    "cursor of digits": urlsafe_b64encode(b"[" + b"9" * 1_400 + b"]"),
    "ligatures": filled("\ufdfa", 700),
    "combining marks": filled("\u0300", 700),
}
"""For every parameter in a path or a query; they are encoded three times as long."""
