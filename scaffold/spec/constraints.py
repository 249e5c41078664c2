"""The constraints and indexes of a feature's table, named as `models/base.py` names them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from scaffold.spec.feature import Feature
from scaffold.spec.field import Field

OWNER = "owner_id"
ON_DELETE = {"cascade": "CASCADE", "set-null": "SET NULL"}


@dataclass(frozen=True)
class Constraint:
    kind: str
    """As in its name: ck, fk, ix, pk or uq."""
    table: str
    columns: tuple[str, ...]
    parent: str = ""
    parent_columns: tuple[str, ...] = ("id",)
    on_delete: str = ""
    members: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        if self.kind == "pk":
            return f"pk_{self.table}"
        parts = [self.kind, self.table, *self.columns, *([self.parent] if self.parent else [])]
        return "_".join(parts)

    @property
    def _condition(self) -> str:
        members = ", ".join(f"'{member}'" for member in self.members)
        return f'"{self.columns[0]} IN ({members})"'

    @property
    def _listed(self) -> str:
        return quoted(self.columns)

    @property
    def _keys(self) -> str:
        return quoted(f"{self.parent}.{column}" for column in self.parent_columns)

    @property
    def _option(self) -> str:
        return f', ondelete="{self.on_delete}"' if self.on_delete else ""

    @property
    def in_table(self) -> str:
        """Within op.create_table."""
        name = f'name=op.f("{self.name}")'
        match self.kind:
            case "ck":
                return f"sa.CheckConstraint({self._condition}, {name})"
            case "fk":
                keys = f"[{self._listed}], [{self._keys}]"
                return f"sa.ForeignKeyConstraint({keys}, {name}{self._option})"
            case "pk":
                return f"sa.PrimaryKeyConstraint({self._listed}, {name})"
        return f"sa.UniqueConstraint({self._listed}, {name})"

    @property
    def created(self) -> str:
        """Within op.batch_alter_table."""
        name = f'batch_op.f("{self.name}")'
        match self.kind:
            case "ck":
                return f"batch_op.create_check_constraint({name}, {self._condition})"
            case "fk":
                keys = f'"{self.parent}", [{self._listed}], [{quoted(self.parent_columns)}]'
                return f"batch_op.create_foreign_key({name}, {keys}{self._option})"
            case "ix":
                return f"batch_op.create_index({name}, [{self._listed}], unique=False)"
        return f"batch_op.create_unique_constraint({name}, [{self._listed}])"

    @property
    def dropped(self) -> str:
        name = f'batch_op.f("{self.name}")'
        if self.kind == "ix":
            return f"batch_op.drop_index({name})"
        kind = {"ck": "check", "fk": "foreignkey", "uq": "unique"}[self.kind]
        return f'batch_op.drop_constraint({name}, type_="{kind}")'

    def in_model(self, alias: str | None) -> str:
        match self.kind:
            case "ck":
                return f'one_of("{self.columns[0]}", {alias})'
            case "fk":
                return f"ForeignKeyConstraint([{self._listed}], [{self._keys}]{self._option})"
            case "ix":
                return f"Index(None, {self._listed})"
        return f"UniqueConstraint({self._listed})"


def quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def constraints_of_field(
    feature: Feature, field: Field, features: Mapping[str, Feature]
) -> Iterator[Constraint]:
    table, columns = feature.plural, (field.column,)
    if field.kind == "enum":
        yield Constraint("ck", table, columns, members=field.arguments)
    if field.kind == "ref":
        target = features[field.target]
        # No row can refer to another user's.
        own = (OWNER,) if target.owned else ()
        on_delete = ON_DELETE.get(field.rule, "")
        yield Constraint("fk", table, (*columns, *own), target.plural, ("id", *own), on_delete)
    if field.unique:
        yield _unique(feature, columns)
    if field.indexed:
        yield Constraint("ix", table, columns)


def constraints_of(feature: Feature, features: Mapping[str, Feature]) -> Iterator[Constraint]:
    """Return all but the primary key."""
    features = {**features, feature.name: feature}
    if feature.owned:
        yield Constraint("fk", feature.plural, (OWNER,), "users")
        yield Constraint("uq", feature.plural, (OWNER, "id"))
    for field in feature.fields:
        yield from constraints_of_field(feature, field, features)
    for group in feature.unique:
        yield _unique(feature, group)


def _unique(feature: Feature, columns: tuple[str, ...]) -> Constraint:
    """Among the rows of one owner: a database looks for a taken value before it follows references,
    so a reference to another user's row would be answered by what that row has.
    """
    return Constraint("uq", feature.plural, (OWNER, *columns) if feature.owned else columns)
