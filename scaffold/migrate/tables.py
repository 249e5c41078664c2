"""Tables of features, and changes of them, in the words of Alembic."""

import re
from collections.abc import Iterable
from textwrap import dedent
from typing import Literal

import sqlalchemy as sa
from alembic.autogenerate import render_python_code
from alembic.operations.ops import (
    AddConstraintOp,
    CreateIndexOp,
    MigrateOperation,
    ModifyTableOps,
    UpgradeOps,
)
from sqlalchemy.sql.elements import conv
from sqlalchemy.types import UserDefinedType

from scaffold.spec.constraints import OWNER, Constraint, Features, constraints_of
from scaffold.spec.feature import Feature
from scaffold.spec.field import Field
from scaffold.spec.kinds import TEXTS

type Addition = AddConstraintOp | CreateIndexOp
type Additions = dict[Constraint, Addition]

TIME = "sa.DateTime(timezone=True)"
LENGTH = re.compile(r"sa\.String\(length=(\d+)\)")
ENTITY = {"id": "sa.Uuid()", "version": "sa.Integer()", "created_at": TIME, "updated_at": TIME}


class Written(UserDefinedType[object]):
    """A type of which nothing is known but how it is written."""

    def __init__(self, code: str) -> None:
        self.code = code


def type_of(field: Field) -> str:
    if field.kind in TEXTS:
        return f"sa.String(length={field.longest})"
    if field.is_exact:
        digits = f"precision={field.digits[0]}, scale={field.digits[1]}"
        return f'sa.Numeric({digits}).with_variant(sa.BigInteger(), "sqlite")'
    return field.facts.column


def is_longer(new: str, old: str) -> bool:
    """Tell whether both are texts, and the new one has room for all that the old one has."""
    lengths = [int(found[1]) for each in (old, new) if (found := LENGTH.fullmatch(each))]
    return len(lengths) == 2 and lengths == sorted(lengths)


def column_of(field: Field) -> sa.Column[object]:
    return written_column(field.column, type_of(field), nullable=field.optional)


def written_column(name: str, code: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, Written(code), nullable=nullable)


def table_of(feature: Feature, features: Features) -> sa.Table:
    owner = [written_column(OWNER, "sa.Uuid()")] if feature.owned else []
    table = sa.Table(
        feature.plural,
        sa.MetaData(),
        *(written_column(name, code) for name, code in ENTITY.items()),
        *owner,
        *map(column_of, feature.fields),
        sa.PrimaryKeyConstraint("id", name=conv(f"pk_{feature.plural}")),
    )
    for constraint in constraints_of(feature, features):
        constrain(table, constraint)
    return table


def constrain(table: sa.Table, constraint: Constraint) -> None:
    name, columns = conv(constraint.name), constraint.columns
    match constraint.kind:
        case "ix":
            sa.Index(name, *(table.c[each] for each in columns))
        case "ck":
            table.append_constraint(sa.CheckConstraint(constraint.condition, name))
        case "uq":
            table.append_constraint(sa.UniqueConstraint(*columns, name=name))
        case "fk":
            if constraint.parent != table.name:  # Alembic looks up where the key leads to
                parent = [written_column(each, "") for each in constraint.parent_columns]
                sa.Table(constraint.parent, table.metadata, *parent, extend_existing=True)
            option = constraint.on_delete
            key = sa.ForeignKeyConstraint(columns, constraint.keys, name, ondelete=option)
            table.append_constraint(key)


def additions(feature: Feature, features: Features) -> Additions:
    """Return what adds each constraint and index to the feature's table."""
    table = table_of(feature, features)
    rules = {each.name: AddConstraintOp.from_constraint(each) for each in table.constraints}
    indexes = {str(each.name): CreateIndexOp.from_index(each) for each in table.indexes}
    return {
        each: indexes[each.name] if each.kind == "ix" else rules[each.name]
        for each in constraints_of(feature, features)
    }


def batch(table: str, operations: Iterable[MigrateOperation]) -> str:
    return code_of(ModifyTableOps(table, [*operations]))


def code_of(*operations: MigrateOperation) -> str:
    body = render_python_code(
        UpgradeOps(operations), render_as_batch=True, render_item=_render_item
    )
    lines = dedent(f"    {body}").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(("# ###", "pass")))


def _render_item(kind: str, item: object, _: object) -> str | Literal[False]:
    return item.code if isinstance(item, Written) else False
