"""Fields of text, with the values that each kind takes and refuses."""

from string import ascii_lowercase, ascii_uppercase
from typing import Unpack

from tests.contract.fields import Field, Options

ALPHABETS = ("0123456789", "abcdef", "ABCDEF", ascii_lowercase, ascii_uppercase)
NO_TEXT = [1, True, [], {}, "a\x00b"]


def string(
    shortest: int = 1, longest: int = 200, *, search: bool = False, **options: Unpack[Options]
) -> Field:
    """Text that is more than white space, of which there is none around it."""
    width = min(max(shortest, 8), longest)
    blank = ["", " ", "\u3000", "\x1c", *["x".ljust(shortest)] * (shortest > 1)]
    value = "a" * shortest
    return Field(
        values=["a" * shortest, "b" * shortest, "c" * shortest],
        limits=["漢" * longest, "🚀" * shortest],
        wrong=[*NO_TEXT, *blank, *_too_short(shortest), "x" * (longest + 1)],
        padded=(f" {value}\n", value) if longest - shortest >= 2 else None,
        fresh=lambda number: numbered(number, shortest, width),
        wrong_query="",
        words=_words(shortest, longest) if search else (),
        **options,
    )


def numbered(number: int, shortest: int, width: int) -> str:
    """Return another text for each number: digits, or a sign of Han where there are few places."""
    if width > 4:
        return f"{number % 10**width:0{width}}"
    return chr(0x4E00 + number % 20_000).ljust(shortest, "x")


def patterned(
    *examples: str, shortest: int = 1, longest: int = 200, **options: Unpack[Options]
) -> Field:
    """Text of a pattern that the examples fit, and what is counted up from them."""
    return Field(
        values=examples[:2],
        wrong=[*NO_TEXT, *_too_short(shortest), "x" * (longest + 1)],
        fresh=lambda number: counted_up(max(examples), number + 1),
        ascending=False,
        wrong_query="",
        **options,
    )


def counted_up(text: str, number: int) -> str:
    """Return the text that comes so many later: AB8, AB9, AC0. Letters of hexadecimals stay so."""
    if not text or not number:
        return text
    alphabet = next((each for each in ALPHABETS if text[-1] in each), text[-1])
    carry, place = divmod(alphabet.index(text[-1]) + number, len(alphabet))
    return counted_up(text[:-1], carry) + alphabet[place]


def text(
    shortest: int = 0, longest: int = 10_000, *, search: bool = False, **options: Unpack[Options]
) -> Field:
    """Text that may be empty, unless it has a shortest length."""
    some = max(shortest, 1)
    return Field(
        values=["a" * some, "b" * some, "c" * some],
        limits=[*[""] * (shortest == 0), "漢" * longest, "🚀" * some],
        wrong=[1, [], "a\x00b", *_too_short(shortest), "x" * (longest + 1)],
        words=_words(shortest, longest) if search else (),
        **options,
    )


def _words(shortest: int, longest: int) -> list[str]:
    return [(letter * 3)[:longest].ljust(shortest, ".") for letter in "abc"]


def _too_short(shortest: int) -> list[str]:
    return ["x" * (shortest - 1)] if shortest > 1 else []


def email(longest: int = 254, **options: Unpack[Options]) -> Field:
    return Field(
        values=["a@example.com", "b@example.com", "c@example.com"],
        limits=["first.last+tag@mail.example.co"],
        wrong=[
            1,
            "",
            "a",
            "a@b",
            "a@localhost",
            "a b@example.com",
            "a@example.com\x00",
            "x" * (longest + 1),
        ],
        fresh=lambda number: f"someone{number}@example.com",
        wrong_query="a",
        **options,
    )


def url(longest: int = 2000, **options: Unpack[Options]) -> Field:
    return Field(
        values=["https://a.example/", "https://b.example/", "https://c.example/"],
        limits=["http://localhost:8000/a?b=c#d"],
        wrong=[1, "", "example.com", "ftp://example.com", "https://a b", "x" * (longest + 1)],
        fresh=lambda number: f"https://example.com/{number}",
        wrong_query="a",
        **options,
    )
