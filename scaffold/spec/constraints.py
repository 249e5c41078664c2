"""The constraints and indexes of a feature's table, named as `models/base.py` names them."""

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from scaffold.spec.feature import Feature
from scaffold.spec.field import Field
from scaffold.spec.names import in_sql

OWNER_FIELD = Field("owner", "ref", target="user")
"""The column of `Owned`, which is none of the feature's own."""
OWNER = OWNER_FIELD.column

type Features = Mapping[str, Feature]


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
    rule: str = ""
    """Its name after the table's, if that is not made of the columns."""
    is_mutual: bool = dataclasses.field(default=False, compare=False)
    """The tables refer to each other: SQLAlchemy is told which key comes last."""

    @property
    def name(self) -> str:
        return "_".join(filter(None, self._parts))

    @property
    def _parts(self) -> list[str]:
        return [
            self.kind,
            self.table,
            *([self.rule] if self.rule else [*self.columns, self.parent]),
        ]

    @property
    def keys(self) -> list[str]:
        """Return the columns that a foreign key leads to."""
        return [f"{self.parent}.{column}" for column in self.parent_columns]

    def in_model(self, alias: str | None) -> str:
        columns = quoted(self.columns)
        match self.kind:
            case "ck" if self.rule:
                return f'CheckConstraint({json.dumps(self.condition)}, name="{self.rule}")'
            case "ck":
                return f"one_of({columns}, {alias})"
            case "fk":
                option = f', name="{self.name}"' if self.rule else ""
                option += f', ondelete="{self.on_delete}"' if self.on_delete else ""
                option += ", use_alter=True" if self.is_mutual else ""
                return f"ForeignKeyConstraint([{columns}], [{quoted(self.keys)}]{option})"
            case "ix":
                name = f'"{self.name}"' if self.rule else "None"
                return f"Index({name}, {columns})"
        return f"UniqueConstraint({columns})"


def quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def constraints_of(feature: Feature, features: Features) -> Iterator[Constraint]:
    """Yield all but the primary key."""
    features = {**features, feature.name: feature}
    if feature.owned:
        yield Constraint("fk", feature.plural, (OWNER,), "users", ("id",))
        yield Constraint("uq", feature.plural, (OWNER, "id"))
    for field in feature.fields:
        yield from _constraints_of_field(feature, field, features)
    for group in feature.unique:
        yield _unique(feature, group)
    for rule in feature.rules:
        columns = tuple(field.column for field in rule.fields)
        yield Constraint("ck", feature.plural, columns, condition=rule.condition, rule=rule.name)


def is_mutual(feature: Feature, field: Field, features: Features) -> bool:
    """Tell whether an optional reference closes a circle of tables."""
    is_other = field.optional and field.target != feature.name
    return is_other and feature.name in ancestors(field.target, features)


def ancestors(name: str, features: Features, *, required: bool = False) -> set[str]:
    """Return the features that this one refers to or has to, and those that they do."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        refs = [ref for ref in features[waiting.pop()].refs if not (required and ref.optional)]
        targets = {ref.target for ref in refs} - found
        found |= targets
        waiting += targets
    return found


def referring(name: str, features: Features) -> list[str]:
    """Return the names of the other features that refer to this one."""
    targets = {each.name: {field.target for field in each.refs} for each in features.values()}
    return [other for other, names in targets.items() if name in names and other != name]


def _constraints_of_field(
    feature: Feature, field: Field, features: Features
) -> Iterator[Constraint]:
    table, columns = feature.plural, (field.column,)
    if field.kind == "enum":
        members = ", ".join("'{}'".format(each.replace("'", "''")) for each in field.arguments)
        yield Constraint("ck", table, columns, condition=f"{in_sql(field.column)} IN ({members})")
    if field.kind == "ref":
        target = features[field.target]
        # No row can refer to another user's.
        own = (OWNER,) if feature.owned and target.owned else ()
        on_delete = None if field.rule == "restrict" else field.rule.replace("-", " ").upper()
        keys = (*columns, *own), target.plural, ("id", *own), on_delete
        yield Constraint("fk", table, *keys, is_mutual=is_mutual(feature, field, features))
    if field.unique:
        yield _unique(feature, columns)
    if field.indexed:
        yield Constraint("ix", table, columns)


def _unique(feature: Feature, columns: tuple[str, ...]) -> Constraint:
    """Among the rows of one owner: a database looks for a taken value before it follows references,
    so a reference to another user's row would be answered by what that row has.
    """
    return Constraint("uq", feature.plural, (OWNER, *columns) if feature.owned else columns)
