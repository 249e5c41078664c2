"""The language of MLflow's searches: ``metrics.acc > 0.9 AND tags.team LIKE 'a%'``.

Comparisons are joined by AND; there is neither OR nor nesting, so that a text is read from its
beginning to its end once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from src.services.mlflow_tokens import Field, FilterError, Token, bare, field_named, tokens

CONDITIONS = 50
"""Most comparisons of a filter."""
VALUES = 100
"""Most values of a list."""

Operator = Literal[
    "=", "!=", "<", "<=", ">", ">=", "LIKE", "ILIKE", "IN", "NOT IN", "IS NULL", "IS NOT NULL"
]
type Value = str | float | list[str] | None

_OPERATORS: dict[str, Operator] = {
    each: each for each in ("=", "!=", "<", "<=", ">", ">=", "LIKE", "ILIKE", "IN")
}


@dataclass(frozen=True)
class Comparison:
    field: Field
    operator: Operator
    value: Value = None


def parse_filter(text: str) -> list[Comparison]:
    """Return the comparisons of a filter. Raises `FilterError`."""
    parser = _Parser(list(tokens(text)))
    found = list(parser.comparisons()) if text.strip() else []
    if len(found) > CONDITIONS:
        msg = f"A filter may have at most {CONDITIONS} comparisons."
        raise FilterError(msg)
    return found


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = iter(tokens)

    def comparisons(self) -> Iterator[Comparison]:
        yield self._comparison()
        for token in self._tokens:
            if token.text.upper() != "AND":
                raise FilterError
            yield self._comparison()

    def _comparison(self) -> Comparison:
        field = field_named(self._next("name").text, FilterError)
        operator = self._operator()
        if operator in {"IS NULL", "IS NOT NULL"}:
            return Comparison(field, operator)
        if operator in {"IN", "NOT IN"}:
            return Comparison(field, operator, self._list())
        token = self._next("text", "number")
        value = bare(token.text) if token.kind == "text" else float(token.text)
        return Comparison(field, operator, value)

    def _operator(self) -> Operator:
        word = self._next("sign", "name").text.upper()
        if word == "IS":
            word = self._next("name").text.upper()
            if word == "NULL":
                return "IS NULL"
            self._expect("NULL", after=word)
            return "IS NOT NULL"
        if word == "NOT":
            self._expect("IN", after=word)
            return "NOT IN"
        if word not in _OPERATORS:
            raise FilterError
        return _OPERATORS[word]

    def _expect(self, word: str, after: str) -> None:
        if after != "NOT" or self._next("name").text.upper() != word:
            raise FilterError

    def _list(self) -> list[str]:
        if self._next("sign").text != "(":
            raise FilterError
        values = [bare(self._next("text").text)]
        while (sign := self._next("sign").text) == "," and len(values) < VALUES:
            values.append(bare(self._next("text").text))
        if sign != ")":
            raise FilterError
        return values

    def _next(self, *kinds: str) -> Token:
        token = next(self._tokens, None)
        if token is None or token.kind not in kinds:
            raise FilterError
        return token
