"""What a feature is: its names, its fields, and how a list of it is sorted and filtered."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from scaffold.fields import Field, SpecError, parse_field
from scaffold.names import class_of, plural_of

EQUAL = {"enum", "bool", "ref"}
EQUAL_IF_INDEXED = {"str", "uuid", "email", "url"}
RANGE = {"int", "bigint", "float", "decimal", "money", "date", "datetime"}


@dataclass(frozen=True)
class Feature:
    name: str
    fields: tuple[Field, ...]
    plural: str
    unique: tuple[tuple[str, ...], ...] = ()
    """Columns whose values are unique together."""
    sort: str = "-id"
    owned: bool = False
    """Whether each row belongs to a user, and is there for that one alone."""
    by_hand: tuple[str, ...] = ()
    """Files that people have changed, or added; all of them if there are no fields."""
    needs: tuple[str, ...] = ()
    """Features that those files build on."""
    revision: str | None = None
    """Of the migration that makes the table; None once another migration has changed it."""
    down_revision: str | None = None
    created: datetime | None = None

    @property
    def class_name(self) -> str:
        return class_of(self.name)

    @property
    def words(self) -> str:
        """As the service calls it, who knows its class alone."""
        return re.sub(r"(?<!^)(?=[A-Z])", " ", self.class_name).lower()

    @property
    def path(self) -> str:
        return self.plural.replace("_", "-")

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
            if field.kind in EQUAL
            or (field.kind in EQUAL_IF_INDEXED and (field.unique or field.index))
        )

    @property
    def range_filters(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.kind in RANGE)

    def field(self, name: str) -> Field:
        """By its name or its column's."""
        for field in self.fields:
            if name in {field.name, field.column}:
                return field
        names = ", ".join(field.name for field in self.fields)
        raise SpecError(f"{self.name} has no field {name}; it has {names}")


def parse_feature(
    name: str,
    tokens: Sequence[str],
    *,
    plural: str | None = None,
    unique: Sequence[Sequence[str]] = (),
    sort: str | None = None,
    owned: bool = False,
) -> Feature:
    """Raises `SpecError` if this is no feature that could be made."""
    from scaffold.fit import check_feature  # which needs `Feature`

    feature = Feature(
        name,
        tuple(map(parse_field, tokens)),
        plural or plural_of(name),
        sort=sort or "-id",
        owned=owned,
    )
    groups = tuple(tuple(feature.field(each).column for each in group) for group in unique)
    feature = replace(feature, unique=groups)
    check_feature(feature)
    return feature


def referring(feature: str, features: Mapping[str, Feature]) -> list[str]:
    """The names of other features that refer to this one."""
    return [
        each.name
        for each in features.values()
        if each.name != feature and any(field.target == feature for field in each.fields)
    ]


def needing(feature: str, features: Mapping[str, Feature]) -> list[str]:
    """The names of other features that cannot be without this one."""
    built = [each.name for each in features.values() if feature in each.needs]
    return sorted({*referring(feature, features), *built})
