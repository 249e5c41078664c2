"""The words of MLflow's searches: fields, signs and values."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from src.core.errors import InvalidError

Kind = Literal["attribute", "metric", "param", "tag", "dataset"]
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("attribute", "attributes", "attr", "run"), "attribute"),
    **dict.fromkeys(("metric", "metrics"), "metric"),
    **dict.fromkeys(("param", "params", "parameter", "parameters"), "param"),
    **dict.fromkeys(("tag", "tags"), "tag"),
    **dict.fromkeys(("dataset", "datasets"), "dataset"),
}
_NAME = r"""(?:[A-Za-z]+\.)?(?:`[^`]+`|(?<=\.)(?:"[^"]+"|'[^']+')|[^\W\d][\w./\-:]*)"""
# As in MLflow's own parser, a quote within a text is doubled or escaped, and both characters count.
_TOKEN = re.compile(
    rf"""\s*(?:(?P<text>'(?:''|\\'|[^'])*'|"(?:""|\\"|[^"])*")
    |(?P<number>-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{{1,4}})?)
    |(?P<sign><=|>=|!=|[=<>(),])|(?P<name>{_NAME}))""",
    re.VERBOSE,
)
_ORDER = re.compile(rf"\s*(?P<name>{_NAME})(?:\s+(?P<way>asc|desc))?\s*", re.IGNORECASE)


class FilterError(InvalidError):
    message = (
        "The filter is not in the language of searches: comparisons such as metrics.acc > 0.9 or "
        "tags.team = 'a', joined by AND."
    )


class OrderError(InvalidError):
    message = "An order is not a field with ASC or DESC, such as metrics.acc DESC."


@dataclass(frozen=True)
class Field:
    kind: Kind
    key: str


class Order(NamedTuple):
    field: Field
    descending: bool


class Token(NamedTuple):
    kind: str
    text: str


def tokens(text: str) -> Iterator[Token]:
    position, text = 0, text.rstrip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise FilterError
        position = found.end()
        kind = str(found.lastgroup)
        yield Token(kind, found[kind])


def field_named(name: str, error: type[InvalidError]) -> Field:
    prefix, dot, key = name.partition(".")
    if not dot or prefix.startswith("`"):
        return Field("attribute", bare(name))
    if prefix not in _KINDS or not key:
        raise error
    return Field(_KINDS[prefix], bare(key))


def bare(name: str) -> str:
    return name[1:-1] if name[0] in "`\"'" else name


def parse_order(text: str) -> Order:
    """Return a field to sort by. Raises `OrderError`."""
    found = _ORDER.fullmatch(text)
    if found is None:
        raise OrderError
    return Order(field_named(found["name"], OrderError), (found["way"] or "").lower() == "desc")
