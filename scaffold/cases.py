"""The facts of a feature, as its test class states them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from scaffold.code import Code
from scaffold.fields import Field
from scaffold.names import class_of
from scaffold.samples import examples, number_of, repr_of
from scaffold.spec import Feature

FUNCTIONS = {
    "str": "string",
    "int": "integer",
    "bigint": "safe_integer",
    "float": "number",
    "decimal": "exact",
    "money": "exact",
    "bool": "boolean",
    "date": "day",
    "datetime": "timestamp",
    "json": "json_object",
    "ref": "reference",
}
"""Of tests/contract/kinds.py, where they are not named as the kind is."""


@dataclass(frozen=True)
class Cases:
    feature: Feature

    @property
    def unique(self) -> list[tuple[str, ...]]:
        single = [(field.column,) for field in self.feature.fields if field.unique]
        return [*single, *self.feature.unique]

    @property
    def functions(self) -> list[str]:
        return sorted({function(field) for field in self.feature.fields})

    def classes(self, features: Mapping[str, Feature]) -> list[tuple[str, str]]:
        """Return the plural of each feature that this one refers to, and the name of its class."""
        others = {field.target for field in self.feature.refs} - {self.feature.name}
        plurals = sorted(features[name].plural for name in others)
        return [(plural, class_of(plural)) for plural in plurals]

    def facts(self, features: Mapping[str, Feature]) -> Iterator[tuple[str, str]]:
        """Yield each field's name and what its tests have to know of it."""
        for field in self.feature.fields:
            arguments = [*self._target(field, features), *self._examples(field), *limits(field)]
            arguments += self._options(field)
            yield field.column, f"{function(field)}({', '.join(arguments)})"

    def _target(self, field: Field, features: Mapping[str, Feature]) -> Iterator[str]:
        if field.kind == "ref":
            own = field.target == self.feature.name
            yield '"self"' if own else class_of(features[field.target].plural)
            if field.rule != "restrict":
                yield f'on_delete="{field.rule}"'

    def _examples(self, field: Field) -> list[str]:
        if not field.pattern:
            return []
        varies = any(field.column in group for group in self.unique)
        return examples(field) if varies else examples(field)[:2]

    def _options(self, field: Field) -> Iterator[str]:
        if field.optional:
            yield "optional=True"
        if field.default is not None:
            yield f"default={Code(self.feature, field).shown_default}"
        if field in self.feature.sortable:
            yield "sort=True"
        if field in self.feature.equal_filters and field.kind not in {"enum", "bool", "ref"}:
            yield 'filter="equal"'


def function(field: Field) -> str:
    return "patterned" if field.pattern else FUNCTIONS.get(field.kind, field.kind)


def limits(field: Field) -> Iterator[str]:
    """Yield what the values of the field are bounded by."""
    if field.kind == "enum":
        yield from map(repr_of, field.arguments)
    if field.is_exact:
        yield from map(str, field.digits)
    lengths = {"shortest": field.min, "longest": field.max}
    yield from (f"{name}={length}" for name, length in lengths.items() if length)
    for name, bound in (("least", field.ge), ("greatest", field.le)):
        if bound:
            yield f"{name}={number_of(field, Decimal(bound))}"
