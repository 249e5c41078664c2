"""The facts of a feature, as its test class states them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from scaffold.spec.feature import Feature
from scaffold.spec.field import Field
from scaffold.spec.names import class_of
from scaffold.write.literals import python


@dataclass(frozen=True)
class Facts:
    feature: Feature
    features: Mapping[str, Feature]

    @property
    def unique(self) -> list[tuple[str, ...]]:
        single = [(field.column,) for field in self.feature.fields if field.unique]
        return [*single, *self.feature.unique]

    @property
    def functions(self) -> list[str]:
        return sorted({function(field) for field in self.feature.fields})

    @property
    def classes(self) -> list[tuple[str, str]]:
        """Return the plural of each feature that this one refers to, and the name of its class."""
        others = {field.target for field in self.feature.refs} - {self.feature.name}
        plurals = sorted(self.features[name].plural for name in others)
        return [(plural, class_of(plural)) for plural in plurals]

    @property
    def fields(self) -> Iterator[tuple[str, str]]:
        """Yield each field's name and what its tests have to know of it."""
        for field in self.feature.fields:
            arguments = [*self._target(field), *self._values(field), *self._options(field)]
            yield field.column, f"{function(field)}({', '.join(arguments)})"

    def _target(self, field: Field) -> Iterator[str]:
        if field.kind == "ref":
            own = field.target == self.feature.name
            yield '"self"' if own else class_of(self.features[field.target].plural)
            if field.rule != "restrict":
                yield f'on_delete="{field.rule}"'

    def _values(self, field: Field) -> Iterator[str]:
        """Yield examples, and what the values are bounded by."""
        yield from map(python, field.examples)
        if field.kind == "enum":
            yield from map(python, field.arguments)
        if field.is_exact:
            yield from map(str, field.digits)
        lengths = {"shortest": field.min, "longest": field.max}
        yield from (f"{name}={length}" for name, length in lengths.items() if length)
        for name, bound in {"least": field.ge, "greatest": field.le}.items():
            if bound:
                yield f"{name}={answered(field, bound)}"

    def _options(self, field: Field) -> Iterator[str]:
        if field.optional:
            yield "optional=True"
        if field.default is not None:
            yield f"default={answered(field, field.default)}"
        if field in self.feature.sortable:
            yield "sort=True"
        if field in self.feature.equal_filters and field.facts.filter == "indexed":
            yield 'filter="equal"'


def function(field: Field) -> str:
    return "patterned" if field.pattern else field.facts.fact


def answered(field: Field, given: str) -> str:
    """Write the value as the API answers it: decimals and dates are text."""
    match field.facts.read(given):
        case Decimal() as number:
            return f'"{number:.{field.digits[1]}f}"'
        case date() as day:
            return f'"{day}"'
        case value:
            return python(value)
