"""Values with which a feature's tests keep its rules, and break one at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter
from itertools import islice, product
from typing import Any

from scaffold.errors import RefusedError
from scaffold.spec.field import Field
from scaffold.spec.rule import EXACT, ORDERED, Rule

OF_A_FIELD = 3
"""As many as the tests of sorts and filters need."""
TIMES: Mapping[str, Sequence[Any]] = {
    "date": [date(year, 1, 1) for year in (2030, 2100, 2000)],
    "datetime": [datetime(year, 1, 1, tzinfo=UTC) for year in (2030, 2100, 2000)],
    "time": [time(12)],
}
"""Now is between the last two, whenever a test runs."""
STEPS = {kind: timedelta(1) for kind in TIMES} | {
    "time": timedelta(minutes=1),
    "duration": timedelta(minutes=1),
}
DAY = date(2030, 1, 1)


@dataclass(frozen=True)
class Values:
    """Values of fields that rules connect: whichever a row has of each, every rule holds."""

    rules: Sequence[Rule]
    fields: Sequence[Field]
    scale: Sequence[Any]
    """Ascending: each field has three in a row, and the ends are nobody's."""

    def of(self, field: Field) -> Sequence[Any]:
        start = 1 + OF_A_FIELD * self.fields.index(field)
        return () if field.readonly else self.scale[start : start + OF_A_FIELD]

    def breaking(self, rule: Rule) -> Iterator[tuple[Field, Any]]:
        """Yield values with each of which a row of first values breaks this rule alone."""
        row = {field: values[0] for field in self.fields if (values := self._possible(field))}
        for field in rule.fields:
            fitting = (value for value in self.scale if _fits(field, value))
            found = (value for value in fitting if self._broken_by(row | {field: value}) == [rule])
            yield from ((field, value) for value in islice(found, 1))

    @property
    def are_right(self) -> bool:
        fitting = all(_fits(field, value) for field in self.fields for value in self.of(field))
        return (
            fitting
            and all(map(self._always_holds, self.rules))
            and all(any(self.breaking(rule)) for rule in self.rules if rule.is_of_requests)
        )

    def _broken_by(self, row: Mapping[Field, Any]) -> list[Rule]:
        return [rule for rule in self.rules if not rule.holds(row.get(rule.left), rule.other(row))]

    def _always_holds(self, rule: Rule) -> bool:
        others = [rule.value] if isinstance(rule.right, str) else self._possible(rule.right)
        return all(rule.holds(*each) for each in product(self._possible(rule.left), others))

    def _possible(self, field: Field) -> list[Any]:
        """Return what the rows of the tests have in the field."""
        if field.is_now(field.default):
            return [*self.of(field), *TIMES[field.kind][1:]]
        default = [] if field.default is None else [field.facts.read(field.default)]
        return [*self.of(field), *default]


def values_of(rules: Sequence[Rule]) -> list[Values]:
    """Raise `RefusedError` if there are none that the tests could use."""
    return [_values_of(group) for group in _connected([r for r in rules if r.left.kind in ORDERED])]


def _connected(rules: Sequence[Rule]) -> list[list[Rule]]:
    groups: list[list[Rule]] = []
    for rule in rules:
        near = [g for g in groups if any({*rule.fields} & {*each.fields} for each in g)]
        groups = [g for g in groups if g not in near] + [[*(r for g in near for r in g), rule]]
    return groups


def _values_of(rules: Sequence[Rule]) -> Values:
    fields = _ascending(rules)
    places = OF_A_FIELD * len(fields) + 2
    for step, anchor, place in product(_steps(fields), _anchors(rules, fields), range(places)):
        try:
            values = Values(
                rules, fields, [_moved(anchor, step * (n - place)) for n in range(places)]
            )
        except OverflowError:  # no date, or another day
            continue
        if values.are_right:
            return values
    raise RefusedError(
        f"--check: {', '.join(map(str, rules))}: found no values that keep the rules, "
        "and others that break each of them"
    )


def _moved(anchor: Any, by: Any) -> Any:
    if not isinstance(anchor, time):
        return anchor + by
    moved = datetime.combine(DAY, anchor) + by
    if moved.date() != DAY:
        raise OverflowError
    return moved.time()


def _ascending(rules: Sequence[Rule]) -> list[Field]:
    """Return the fields, each after those whose values have to be less."""
    order = TopologicalSorter[Field]()
    for rule in rules:
        lower, *higher = rule.fields if rule.sign in {"<", "<="} else rule.fields[::-1]
        order.add(lower)
        for field in higher:
            order.add(field, *([] if rule.sign == "!=" else [lower]))
    try:
        return [*order.static_order()]
    except CycleError:
        raise RefusedError("--check: these rules contradict each other") from None


def _steps(fields: Sequence[Field]) -> list[Any]:
    kinds = {field.kind for field in fields}
    if found := kinds & STEPS.keys():
        return [STEPS[found.pop()]]
    if kinds <= EXACT:
        return [Decimal(1), Decimal(1).scaleb(-fields[0].digits[1])]
    return [1, *(2.0**-n for n in range(1, 10))] if kinds == {"float"} else [1]


def _anchors(rules: Sequence[Rule], fields: Sequence[Field]) -> list[Any]:
    """Return values near which there may be others that keep and break the rules."""
    kind = fields[0].kind
    usual: Sequence[Any] = TIMES.get(kind, [timedelta(0) if kind == "duration" else 0])
    written = [(field, each) for field in fields for each in (field.default, field.ge, field.le)]
    given = [field.facts.read(each) for field, each in written if each and not field.is_now(each)]
    return [*usual, *given, *(rule.value for rule in rules if rule.value is not None)]


def _fits(field: Field, value: Any) -> bool:
    return field.kind in TIMES or field.least <= value <= field.greatest
