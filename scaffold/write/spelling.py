"""The spelling of a field in the files of its feature."""

from collections.abc import Iterator
from dataclasses import dataclass

from scaffold.spec.constraints import quoted
from scaffold.spec.feature import Feature
from scaffold.spec.field import Field
from scaffold.spec.kinds import TEXTS
from scaffold.spec.names import class_of, plural_of
from scaffold.write.definitions import definition_of
from scaffold.write.literals import answered, python

FACTORIES = {"{}": "dict", "[]": "list"}
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
        if not self.has_own_type:
            return None
        ending = "Value" if self.field.name in SUFFIXES else ""
        return self.feature.class_name + class_of(self.field.name) + ending

    @property
    def has_own_type(self) -> bool:
        field, kinds = self.field, {*TEXTS, "decimal", "money", "enum"}
        return field.kind in kinds or any((field.model, field.ge, field.le, field.example))

    @property
    def definition(self) -> str:
        """The type that the alias stands for."""
        return definition_of(self.field)

    @property
    def type(self) -> str:
        """In an annotation."""
        name = self.alias or self.field.facts.type
        return f"{name} | None" if self.field.optional and self.field.kind not in TEXTS else name

    @property
    def default(self) -> str | None:
        """In the class; None if there is none."""
        if self.field.is_now(self.field.default):
            return None
        if self.field.default is not None:
            value = self.field.facts.read(self.field.default)
            # Nothing validates a default: it has the places that all values have.
            return python(round(value, self.field.digits[1]) if self.field.is_exact else value)
        return "None" if self.field.optional else None

    @property
    def assignment(self) -> str:
        """Behind its annotation in the base class."""
        others = {
            "default_factory": self._factory,
            "sa_type": self.column_type,
            "schema_extra": self._documented_default,
        }
        if not any(others.values()):
            return f" = {self.default}" if self.default else ""
        options = {"default": self.default, **others}
        return f" = Field({', '.join(f'{key}={each}' for key, each in options.items() if each)})"

    @property
    def _documented_default(self) -> str:
        """The text of a default that Pydantic would document in another form."""
        field = self.field
        if field.default is None or not any(field.facts.written):
            return ""
        return f'{{"json_schema_extra": {{"default": {answered(field, field.default)}}}}}'

    @property
    def column_type(self) -> str:
        return f"Exact{self.field.digits}" if self.field.is_exact else self.field.facts.sa_type

    @property
    def steps_name(self) -> str:
        """The name of the steps that are allowed."""
        return f"NEXT_{plural_of(self.name).upper()}"

    @property
    def steps(self) -> str:
        lines = (
            f"{python(before)}: ({quoted(after)}{',' * (len(after) == 1)}),"
            for before, after in self.field.following.items()
        )
        return f"{{{' '.join(lines)}}}"

    @property
    def filters(self) -> Iterator[tuple[str, str]]:
        """Yield the names of its parameters in lists, and their types."""
        types = {"_in": f"Several[{self.query_type}]", "_null": "BoolQuery"}
        for ending in self.field.filters:
            yield f"{self.name}{ending}", types.get(ending, self.query_type)

    @property
    def _factory(self) -> str | None:
        """What makes the default, if each row has one of its own."""
        field = self.field
        if field.is_now(field.default):
            return "utc_now" if field.kind == "datetime" else "lambda: utc_now().date()"
        return FACTORIES.get(field.empty) if not field.optional else None

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
