"""The spelling of a field in the files of its feature."""

from dataclasses import dataclass
from decimal import Decimal

from scaffold.spec.feature import EQUAL_IF_INDEXED, Feature
from scaffold.spec.field import Field
from scaffold.spec.kinds import TEXTS
from scaffold.spec.names import class_of

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
            return f"Literal[{', '.join(f'"{member}"' for member in field.arguments)}]"
        if field.is_exact:
            bounds = f"Field({self._bounds}), " if self._bounds else ""
            return f"Annotated[Decimal, {bounds}Digits({field.digits[0]}, {field.digits[1]})]"
        if field.kind not in TEXTS:
            return f"Annotated[{kind}, Field({self._bounds})]"
        if field.pattern:
            kind = "str"
        parts = [f"{kind} | None" if field.optional else kind]
        if field.pattern:
            parts.append(f'StringConstraints(pattern=r"{field.pattern}")')
        shortest = f"min_length={field.shortest}, " if field.shortest else ""
        example = f', schema_extra={{"examples": ["{field.examples[0]}"]}}' if field.pattern else ""
        parts.append(f"Field({shortest}max_length={field.longest}{example})")
        if field.kind == "str" and not field.pattern:
            parts.append("Trimmed")
        return f"Annotated[{', '.join(parts)}]"

    @property
    def _bounds(self) -> str:
        given = {"ge": self.field.ge, "le": self.field.le}
        if self.field.is_exact:
            given = {key: value and _bound(value) for key, value in given.items()}
        return ", ".join(f"{key}={value}" for key, value in given.items() if value)

    @property
    def type(self) -> str:
        """In an annotation."""
        name = self.alias or self.field.facts.type
        return f"{name} | None" if self.field.optional and self.field.kind not in TEXTS else name

    @property
    def default(self) -> str | None:
        """In the class; None if there is none."""
        field = self.field
        if field.kind == "json" and not field.optional:
            return "default_factory=dict"
        if field.default is None:
            return "None" if field.optional else None
        if field.kind == "bool":
            return field.default.title()
        if field.kind == "date":
            year, month, day = map(int, field.default.split("-"))
            return f"date({year}, {month}, {day})"
        if field.is_exact:
            return decimal_of(field.default)
        return field.default if field.kind in {"int", "bigint", "float"} else f'"{field.default}"'

    @property
    def shown_default(self) -> str:
        """In an answer."""
        if self.field.kind == "json":
            return "None" if self.field.optional else "{}"
        if self.field.default and self.field.is_exact:
            return f'"{Decimal(self.field.default):.{self.field.digits[1]}f}"'
        if self.field.default and self.field.kind == "date":
            return f'"{self.field.default}"'
        return self.default or "None"

    @property
    def column_type(self) -> str | None:
        """The type of the column, if SQLModel cannot know it."""
        if self.field.is_exact:
            return f"Exact({self.field.digits[0]}, {self.field.digits[1]})"
        return self.field.facts.sa_type or None

    @property
    def assignment(self) -> str:
        """Behind its annotation in the base class."""
        default, column_type = self.default, self.column_type
        if column_type:
            given = default if default is None or "=" in default else f"default={default}"
            return f" = Field({f'{given}, ' if given else ''}sa_type={column_type})"
        return f" = {default}" if default is not None else ""

    @property
    def query_type(self) -> str:
        """Of its filters: never null, and read from text."""
        field = self.field
        if field.facts.query:
            return field.facts.query
        if field.kind in EQUAL_IF_INDEXED and field.optional:
            return field.facts.type
        return self.alias or field.facts.type

    @property
    def migration_type(self) -> str:
        field = self.field
        if field.kind in TEXTS:
            return f"sa.String(length={field.longest})"
        if field.is_exact:
            digits = f"precision={field.digits[0]}, scale={field.digits[1]}"
            return f'sa.Numeric({digits}).with_variant(sa.BigInteger(), "sqlite")'
        return field.facts.column

    @property
    def migration_column(self) -> str:
        nullable = f"nullable={self.field.optional}"
        return f'sa.Column("{self.name}", {self.migration_type}, {nullable})'


def _bound(value: str) -> str:
    return value if value.lstrip("-").isdecimal() else decimal_of(value)


def decimal_of(value: str) -> str:
    whole = value.lstrip("-").isdecimal()
    return f"Decimal({value})" if whole else f'Decimal("{value}")'
