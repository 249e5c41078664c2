"""The tables of links, made, dropped and changed by migrations, with rows in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa
from alembic.operations.ops import CreateIndexOp, CreateTableOp, MigrateOperation, ModifyTableOps
from sqlalchemy.sql.elements import conv

from scaffold.migrate.rows import refused
from scaffold.migrate.tables import TIME, code_of, constrain, written_column
from scaffold.migrate.unfit import Unfit, cell
from scaffold.migrate.unfit_rows import no_row_of
from scaffold.spec.constraints import OWNER, Features
from scaffold.spec.link_tables import LinkTable, tables_of
from scaffold.spec.names import in_sql
from scaffold.write.literals import python


def creation_of(table: LinkTable) -> list[MigrateOperation]:
    made = sa.Table(
        table.name,
        sa.MetaData(),
        written_column("created_at", TIME),
        *(written_column(name, "sa.Uuid()") for name in table.key),
        sa.PrimaryKeyConstraint(*table.key, name=conv(f"pk_{table.name}")),
    )
    for constraint in table.constraints:
        constrain(made, constraint)
    indexes: list[MigrateOperation] = [CreateIndexOp.from_index(each) for each in made.indexes]
    return [CreateTableOp.from_table(made), ModifyTableOps(table.name, indexes)]


@dataclass(frozen=True)
class LinkSwap:
    """The tables of links that go, and those that come, some of them with the same links."""

    before: Features
    after: Features

    @cached_property
    def gone(self) -> list[LinkTable]:
        return [*_besides(self.before, self.after)]

    @cached_property
    def _come(self) -> list[LinkTable]:
        return [*_besides(self.after, self.before)]

    def refusals(self, owner: str | None) -> str:
        """Count the links that would not be the new owner's."""
        kept = [old for old in map(self._old, self._come) if old and OWNER in old.key]
        return "\n".join(_of_others(each, owner) for each in kept if owner)

    @property
    def strangers(self) -> str:
        """Count the links with rows of other owners."""
        kept = [new for new in self._come if self._old(new) and OWNER in new.key]
        return "\n".join(map(_with_others, kept))

    @property
    def removal(self) -> str:
        kept = [*map(self._old, self._come)]
        return "\n".join(_dropped(each, keep=each in kept) for each in self.gone)

    @property
    def creation(self) -> str:
        return "\n".join(map(self._made, self._come))

    def _made(self, new: LinkTable) -> str:
        old = self._old(new)
        return code_of(*creation_of(new)) + (_restored(old, new) if old else "")

    def _old(self, new: LinkTable) -> LinkTable | None:
        """Return the table that has the links so far."""
        names = {each.name for each in self.gone}
        for old in self.gone:
            is_same = (old.feature.name, old.link.target) == (new.feature.name, new.link.target)
            if is_same and (old.name == new.name or new.name not in names):
                return old
        return None


def _besides(features: Features, others: Features) -> Iterator[LinkTable]:
    known = [_shape(each) for feature in others.values() for each in tables_of(feature, others)]
    for feature in features.values():
        yield from (e for e in tables_of(feature, features) if _shape(e) not in known)


def _shape(table: LinkTable) -> tuple[object, ...]:
    return table.name, table.key, *table.constraints


def _dropped(table: LinkTable, *, keep: bool) -> str:
    """Keep the links in a table of their own, perhaps, and drop theirs."""
    made, index = creation_of(table)
    # As soon as the index goes, PostgreSQL lets nobody write until the end of the migration.
    return code_of(index.reverse()) + (_kept(table) if keep else "") + code_of(made.reverse())


def _kept(table: LinkTable) -> str:
    source, target, *_ = table.key
    columns = f"{source} AS source_id, {target} AS target_id, created_at"
    return _run(f"CREATE TABLE kept_{table.name} AS SELECT {columns} FROM {in_sql(table.name)}")  # noqa: S608  # names of ours


def _restored(old: LinkTable, new: LinkTable) -> str:
    names, parent = [*new.key, "created_at"], in_sql(new.feature.plural)
    values = ["source_id", "target_id", *(f"{parent}.{OWNER}" for _ in new.key[2:])]
    columns = ", ".join([*values, f"kept_{old.name}.created_at"])
    rows = f"kept_{old.name} JOIN {parent} ON {parent}.id = source_id"
    insert = f"INSERT INTO {in_sql(new.name)} ({', '.join(names)}) SELECT {columns} FROM {rows}"  # noqa: S608  # as above
    return _run(insert) + _run(f"DROP TABLE kept_{old.name}")


def _run(statement: str) -> str:
    return f"op.execute({python(statement)})\n"


def _of_others(table: LinkTable, owner: str) -> str:
    return _counted(table, Unfit("of other owners", f"{cell(OWNER)} != {owner}"))


def _with_others(table: LinkTable) -> str:
    return _counted(table, no_row_of(table.target, cell(table.link.column)))


def _counted(table: LinkTable, unfit: Unfit) -> str:
    columns = "".join(f', sa.column("{name}", sa.Uuid())' for name in table.key)
    rows = f'rows = sa.table("{table.name}"{columns})\n'
    return rows + refused([unfit], table.name, "change them, then migrate again")
