"""The spelling of a field in the files of its feature."""

from collections.abc import Iterator
from dataclasses import dataclass

from scaffold.spec.constraints import quoted
from scaffold.spec.feature import Feature
from scaffold.spec.field import Field
from scaffold.spec.kinds import TEXTS
from scaffold.spec.names import class_of
from scaffold.write.literals import python

# With the feature's class before them, these are names of other classes.
SUFFIXES = {"base", "create", "query", "response", "service", "update"}


@dataclass(frozen=True)
class Spelling:
    feature: Feature
    field: Field

    @property
    def name(self) -> str:
        return self.field.column

    @property
    def alias(self) -> str | None:
        """The name of the field's own type, if it has one."""
        field = self.field
        if field.kind not in {*TEXTS, "decimal", "money", "enum"} and not (field.ge or field.le):
            return None
        ending = "Value" if field.name in SUFFIXES else ""
        return self.feature.class_name + class_of(field.name) + ending

    @property
    def definition(self) -> str:
        """The type that the alias stands for."""
        field, kind = self.field, self.field.facts.type
        if field.kind == "enum":
            return f"Literal[{quoted(field.arguments)}]"
        if field.is_exact:
            bounds = f"Field({self._bounds}), " if self._bounds else ""
            return f"Annotated[Decimal, {bounds}Digits{field.digits}]"
        if field.kind not in TEXTS:
            return f"Annotated[{kind}, Field({self._bounds})]"
        return f"Annotated[{', '.join(self._parts_of_text())}]"

    def _parts_of_text(self) -> Iterator[str]:
        field = self.field
        kind = "str" if field.pattern else field.facts.type
        yield f"{kind} | None" if field.optional else kind
        if field.pattern:
            yield f'StringConstraints(pattern=r"{field.pattern}")'
        shortest = f"min_length={field.shortest}, " if field.shortest else ""
        example = f', schema_extra={{"examples": ["{field.examples[0]}"]}}' if field.pattern else ""
        yield f"Field({shortest}max_length={field.longest}{example})"
        if field.kind == "str" and not field.pattern:
            yield "Trimmed"

    @property
    def _bounds(self) -> str:
        bounds = {"ge": self.field.ge, "le": self.field.le}
        return ", ".join(f"{key}={self._bound(given)}" for key, given in bounds.items() if given)

    def _bound(self, given: str) -> str:
        bound = self.field.facts.read(given)
        return python(int(bound) if bound == int(bound) else bound)

    @property
    def type(self) -> str:
        """In an annotation."""
        name = self.alias or self.field.facts.type
        return f"{name} | None" if self.field.optional and self.field.kind not in TEXTS else name

    @property
    def default(self) -> str | None:
        """In the class; None if there is none."""
        if self.field.default is not None:
            return python(self.field.facts.read(self.field.default))
        return "None" if self.field.optional else None

    @property
    def assignment(self) -> str:
        """Behind its annotation in the base class."""
        field, default = self.field, self.default
        column_type = f"Exact{field.digits}" if field.is_exact else field.facts.sa_type
        if not column_type:
            return f" = {default}" if default else ""
        is_filled = field.kind == "json" and not field.optional
        options = {
            "default": default,
            "default_factory": "dict" if is_filled else None,
            "sa_type": column_type,
        }
        return f" = Field({', '.join(f'{key}={each}' for key, each in options.items() if each)})"

    @property
    def query_type(self) -> str:
        """Of its filters: never null, and read from text."""
        field = self.field
        if field.facts.query:
            return field.facts.query
        # The alias of an optional text takes null.
        if field.optional and field.kind in TEXTS:
            return field.facts.type
        return self.alias or field.facts.type
