"""Conditions, as migrations write them, for rows that do not fit a field."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from scaffold.spec.changes.conversions import NUMERIC, TEXTUAL
from scaffold.spec.field import Field
from scaffold.write.literals import python, stored
from scaffold.write.requests import pattern_of

type Mapped = Sequence[tuple[str, str]]

BLANK = r"^\s|\s$"


@dataclass(frozen=True)
class Unfit:
    fault: str
    """The fault of the rows, in words that follow "rows of books"."""
    condition: str

    @property
    def words(self) -> str:
        return python(self.fault)


def cell(name: str) -> str:
    return f'rows.c["{name}"]'


def unfit_for(old: Field, new: Field, mapping: Mapped) -> Iterator[Unfit]:
    """Yield what the old field took and the new one does not, but for values that become members."""
    column = cell(old.column)
    if old.kind in TEXTUAL:
        yield from unfit_texts(old, new, column, mapping)
    elif old.kind in {*NUMERIC, "duration"}:
        yield from _unfit_numbers(old, new, column)


def unfit_texts(old: Field, new: Field, column: str, mapping: Mapped = ()) -> Iterator[Unfit]:
    if new.kind == "enum":
        members = [*new.arguments, *(before for before, _ in mapping)]
        if old.kind != "enum" or {*old.arguments} - {*members}:
            fault = f"with another {old.column} than {', '.join(members)}"
            yield Unfit(fault, f"{column}.not_in({members!r})")
        return
    stays = f" & {column}.not_in({[each for each, _ in mapping]!r})" if mapping else ""
    for each in _unfit_lengths_and_forms(old, new, column):
        yield replace(each, condition=f"({each.condition}){stays}") if stays else each


def _unfit_lengths_and_forms(old: Field, new: Field, column: str) -> Iterator[Unfit]:
    if new.longest < longest(old):
        fault = f"with {old.column} longer than {new.longest} characters"
        yield Unfit(fault, f"sa.func.length({column}) > {new.longest}")
    if new.shortest > max(old.shortest, 1 if "text" != new.kind else 0):
        fault = f"with {old.column} shorter than {new.shortest} characters"
        yield Unfit(fault, f"sa.func.length({column}) < {new.shortest}")
    if new.kind == "str" and old.kind == "text":
        condition = f'({column} == "") | {column}.regexp_match(r"{BLANK}")'
        yield Unfit(f"with {old.column} that is blank, or has white space around it", condition)
    if (pattern := pattern_of(new)) and pattern != pattern_of(old):
        wanted = f"does not match {pattern}" if new.pattern else f"is no {new.kind}"
        condition = f"sa.not_({column}.regexp_match({whole(pattern)!r}))"
        yield Unfit(f"with {old.column} that {wanted}", condition)
    if new.kind == "email" and old.kind != "email":
        yield Unfit(f"with capitals in {old.column}", f"{column} != sa.func.lower({column})")


def longest(field: Field) -> int:
    return max(map(len, field.arguments)) if field.kind == "enum" else field.longest


def whole(pattern: str) -> str:
    """Write the ends as Python and PostgreSQL read them alike, with no line after them."""
    return rf"\A{pattern.removeprefix('^').removesuffix('$')}\Z"


def _unfit_numbers(old: Field, new: Field, column: str) -> Iterator[Unfit]:
    if new.least > old.least:
        condition = f"{column} < {_bound(old, new.least, ROUND_CEILING)}"
        yield Unfit(f"with {old.column} below {new.ge or new.least}", condition)
    if new.greatest < old.greatest:
        condition = f"{column} > {_bound(old, new.greatest, ROUND_FLOOR)}"
        yield Unfit(f"with {old.column} above {new.le or new.greatest}", condition)
    if (places := new.places) is not None and (old.places is None or old.places > places):
        fault = f"with more than {places} decimal places in {old.column}"
        yield Unfit(fault, f"{_remainder(old, places, column)} != 0")


def _bound(field: Field, value: Any, rounding: str) -> str:
    """Write a limit to compare the field's column with."""
    if field.kind == "duration":
        return stored(field, value)
    if field.places is None:
        return python(float(value))
    unit = Decimal(1).scaleb(-field.places)
    return stored(field, Decimal(value).quantize(unit, rounding))


def _remainder(field: Field, places: int, column: str) -> str:
    if field.places is None and not places:
        return f"{column} - sa.func.round({column})"
    if field.places is None:
        exact = f"sa.cast({column}, sa.Numeric())"
        return f"{column} - sa.cast(sa.func.round({exact}, {places}), sa.Float())"
    return f"{column} % {stored(field, Decimal(1).scaleb(-places))}"
