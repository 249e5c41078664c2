"""The constraints and indexes of a feature's table, named as `models/base.py` names them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from scaffold.spec.feature import Feature
from scaffold.spec.field import Field

OWNER = "owner_id"


@dataclass(frozen=True)
class Constraint:
    kind: str
    """As in its name: ck, fk, ix or uq."""
    table: str
    columns: tuple[str, ...]
    parent: str = ""
    parent_columns: tuple[str, ...] = ()
    on_delete: str | None = None
    condition: str = ""

    @property
    def name(self) -> str:
        return "_".join(filter(None, [self.kind, self.table, *self.columns, self.parent]))

    @property
    def keys(self) -> list[str]:
        """Return the columns that a foreign key leads to."""
        return [f"{self.parent}.{column}" for column in self.parent_columns]

    def in_model(self, alias: str | None) -> str:
        columns = quoted(self.columns)
        match self.kind:
            case "ck":
                return f"one_of({columns}, {alias})"
            case "fk":
                option = f', ondelete="{self.on_delete}"' if self.on_delete else ""
                return f"ForeignKeyConstraint([{columns}], [{quoted(self.keys)}]{option})"
            case "ix":
                return f"Index(None, {columns})"
        return f"UniqueConstraint({columns})"


def quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def constraints_of(feature: Feature, features: Mapping[str, Feature]) -> Iterator[Constraint]:
    """Yield all but the primary key."""
    features = {**features, feature.name: feature}
    if feature.owned:
        yield Constraint("fk", feature.plural, (OWNER,), "users", ("id",))
        yield Constraint("uq", feature.plural, (OWNER, "id"))
    for field in feature.fields:
        yield from _constraints_of_field(feature, field, features)
    for group in feature.unique:
        yield _unique(feature, group)


def _constraints_of_field(
    feature: Feature, field: Field, features: Mapping[str, Feature]
) -> Iterator[Constraint]:
    table, columns = feature.plural, (field.column,)
    if field.kind == "enum":
        members = ", ".join(f"'{member}'" for member in field.arguments)
        yield Constraint("ck", table, columns, condition=f"{field.column} IN ({members})")
    if field.kind == "ref":
        target = features[field.target]
        # No row can refer to another user's.
        own = (OWNER,) if target.owned else ()
        on_delete = None if field.rule == "restrict" else field.rule.replace("-", " ").upper()
        yield Constraint("fk", table, (*columns, *own), target.plural, ("id", *own), on_delete)
    if field.unique:
        yield _unique(feature, columns)
    if field.indexed:
        yield Constraint("ix", table, columns)


def _unique(feature: Feature, columns: tuple[str, ...]) -> Constraint:
    """Among the rows of one owner: a database looks for a taken value before it follows references,
    so a reference to another user's row would be answered by what that row has.
    """
    return Constraint("uq", feature.plural, (OWNER, *columns) if feature.owned else columns)
