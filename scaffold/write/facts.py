"""The facts of a feature, as its test class states them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scaffold.spec.constraints import is_mutual
from scaffold.spec.feature import Feature
from scaffold.spec.field import Field
from scaffold.spec.names import class_of
from scaffold.spec.rule_values import values_of
from scaffold.write.literals import answered, python, shown


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
        now = ["NOW"] if any(field.is_now(field.default) for field in self.feature.fields) else []
        links = ["Link"] if self.feature.links else []
        return [*links, *now, *sorted({function(field) for field in self.feature.fields})]

    @property
    def classes(self) -> list[tuple[str, str]]:
        """Return the plural of each feature that this one refers to, and the name of its class."""
        refs = (field for field in self.feature.refs if not self._is_mutual(field))
        others = {field.target for field in refs} - {self.feature.name}
        plurals = sorted(self.features[name].plural for name in others)
        return [(plural, class_of(plural)) for plural in plurals]

    @property
    def fields(self) -> Iterator[tuple[str, str]]:
        """Yield each field's name and what its tests have to know of it."""
        having = {
            field: [shown(field, value) for value in values.of(field)]
            for values in values_of(self.feature.rules)
            for field in values.fields
            if not field.readonly
        }
        for field in sorted(self.feature.fields, key=lambda field: field.readonly):
            arguments = [*self._target(field), *self._values(field), *self._options(field)]
            fact = f"{function(field)}({', '.join(arguments)})"
            kept = f".having({', '.join(having[field])})" if field in having else ""
            yield field.column, fact + kept

    @property
    def links(self) -> Iterator[tuple[str, str]]:
        """Yield the path of each, and what its tests have to know of it."""
        for link in self.feature.links:
            target = self.features[link.target]
            include = ", include=True" if link.include else ""
            yield link.path, f'Link("/api/v1/{target.path}", "{link.column}"{include})'

    @property
    def rules(self) -> Iterator[tuple[str, list[str]]]:
        """Yield the condition of each rule, and changes of a row that break it."""
        ordered = values_of(self.feature.rules)
        for rule in self.feature.rules:
            if rule.left.kind != "ref":
                (values,) = (each for each in ordered if rule in each.rules)
                broken = [(f, v) for f, v in values.breaking(rule) if not f.readonly]
                changes = [f'{{"{f.column}": {shown(f, v)}}}' for f, v in broken]
                yield from [(rule.words, changes)] if changes else []
            elif isinstance(rule.right, Field) and rule.is_of_requests:
                left, right = rule.left.column, rule.right.column
                yield rule.words, [f'lambda row: {{"{left}": row["{right}"]}}']

    def _target(self, field: Field) -> Iterator[str]:
        if field.kind == "ref":
            target = self.features[field.target]
            if self._is_mutual(field):  # two modules cannot import each other
                yield f'"/api/v1/{target.path}"'
            else:
                own = target.name == self.feature.name
                yield '"self"' if own else class_of(target.plural)
            if field.rule != "restrict":
                yield f'on_delete="{field.rule}"'
            if field.include:
                yield "include=True"

    def _is_mutual(self, field: Field) -> bool:
        return is_mutual(self.feature, field, self.features)

    def _values(self, field: Field) -> Iterator[str]:
        """Yield examples, and what the values are bounded by."""
        if field.pattern:
            yield from map(python, field.examples)
        if field.model:
            yield from ('{"name": "a"}', '{"name": "b"}')
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
        if field.readonly:
            yield "methods=()"
        if field.example and not field.pattern and not self._is_unique(field):
            yield f"example={answered(field, field.examples[0])}"
        if field.is_now(field.default):
            yield "default=NOW"
        elif field.default is not None:
            yield f"default={answered(field, field.default)}"
        if field.steps:
            yield f"steps={field.following!r}"
        if field in self.feature.sortable:
            yield "sort=True"
        if field.search:
            yield "search=True"
        if field.facts.filter == "indexed" and "_in" in field.filters:
            yield 'filter="equal"'

    def _is_unique(self, field: Field) -> bool:
        return any(field.column in group for group in self.unique)


def function(field: Field) -> str:
    if field.model:
        return "json_model"
    return "patterned" if field.pattern else field.facts.fact
