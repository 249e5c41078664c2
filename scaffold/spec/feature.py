"""What a feature is: its names, its fields, and how a list of it is sorted and filtered."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from scaffold.errors import RefusedError
from scaffold.spec.field import Field
from scaffold.spec.names import class_of


@dataclass(frozen=True)
class Feature:
    name: str
    fields: tuple[Field, ...]
    plural: str
    unique: tuple[tuple[str, ...], ...] = ()
    """Columns whose values are unique together."""
    sort: str = "-id"
    owned: bool = False
    """Each row belongs to a user, and no other user sees it."""
    files: tuple[str, ...] = ()
    """Those that people have changed, or added; all of them if there are no fields."""
    builds_on: tuple[str, ...] = ()
    """Features and capabilities that those files need."""
    revision: str | None = None
    """Of the migration that makes the table; None once another migration has changed it."""
    down_revision: str | None = None
    created: datetime | None = None

    def unmade(self) -> Self:
        """Return the feature without its migration."""
        return replace(self, revision=None, down_revision=None, created=None)

    @property
    def class_name(self) -> str:
        return class_of(self.name)

    @property
    def words(self) -> str:
        """As in messages of the service, which knows the class alone."""
        return re.sub(r"(?<!^)(?=[A-Z])", " ", self.class_name).lower()

    @property
    def path(self) -> str:
        return self.plural.replace("_", "-")

    @property
    def needs(self) -> tuple[str, ...]:
        """Features and capabilities without which it cannot be."""
        targets = (field.target for field in self.refs if field.target != self.name)
        return (*self.builds_on, *targets, *(("access",) if self.owned else ()))

    @property
    def refs(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.kind == "ref")

    @property
    def sortable(self) -> tuple[Field, ...]:
        return tuple(
            field
            for field in self.fields
            if not field.optional and (field.unique or field.index) and field.kind != "ref"
        )

    @property
    def sorts(self) -> tuple[str, ...]:
        names = ["id", *(field.column for field in self.sortable)]
        return tuple(sort for name in names for sort in (name, f"-{name}"))

    @property
    def equal_filters(self) -> tuple[Field, ...]:
        return tuple(
            field
            for field in self.fields
            if field.facts.filter == "equal"
            or (field.facts.filter == "indexed" and (field.unique or field.index))
        )

    @property
    def range_filters(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.facts.filter == "range")

    def field(self, name: str) -> Field:
        """By its name or its column's."""
        for field in self.fields:
            if name in {field.name, field.column}:
                return field
        names = ", ".join(field.name for field in self.fields)
        raise RefusedError(f"{self.name} has no field {name}; it has {names}")
