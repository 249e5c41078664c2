"""The indexes of words in texts, which neither SQLAlchemy nor Alembic knows: `src/core/search_index.py`.

Migrations create and drop them as they do tables, and a comparison finds what differs from the
models. SQLite drops the triggers of a table that a migration rebuilds: here they come back with it.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, ClassVar

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.ddl.sqlite import SQLiteImpl
from alembic.operations import MigrateOperation, Operations
from alembic.operations.ops import CreateTableOp, UpgradeOps
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult
from sqlalchemy import Table

from src.core.search_index import PREFIX, created, dropped

FOREIGN = PREFIX
"""The prefix of tables and indexes that Alembic leaves to this plugin."""
UNTYPED = "  # type: ignore[attr-defined]  # alembic/plugins/search.py adds it"
FOUND = {
    "postgresql": """
        SELECT substr(relname, 11), obj_description(oid, 'pg_class') FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND starts_with(relname, 'search_of_')
            AND relkind IN ('i', 'I') AND NOT relispartition
    """,
    "sqlite": """
        SELECT substr(own.name, 11), coalesce(kept.sql, '') FROM sqlite_master own
        LEFT JOIN sqlite_master kept ON kept.name = own.name || '_update' AND 2 = (
            SELECT count(*) FROM sqlite_master
            WHERE name IN (own.name || '_insert', own.name || '_delete')
        )
        WHERE own.sql GLOB 'CREATE VIRTUAL TABLE "search_of_*'
    """,
}
"""The table, and text with its columns in quotes: a comment, or the trigger, if all of them are there."""


class Search(MigrateOperation):
    verb: ClassVar[str]

    def __init__(self, table: str, columns: Sequence[str]) -> None:
        self.table, self.columns = table, tuple(columns)

    def to_diff_tuple(self) -> tuple[str, str, tuple[str, ...]]:
        return (f"{self.verb}_search", self.table, self.columns)


@Operations.register_operation("create_search")
class CreateSearch(Search):
    verb = "create"

    @classmethod
    def create_search(cls, operations: Operations, table: str, columns: Sequence[str]) -> None:
        operations.invoke(cls(table, columns))

    def reverse(self) -> MigrateOperation:
        return DropSearch(self.table, self.columns)


@Operations.register_operation("drop_search")
class DropSearch(Search):
    verb = "drop"

    @classmethod
    def drop_search(cls, operations: Operations, table: str, columns: Sequence[str]) -> None:
        operations.invoke(cls(table, columns))

    def reverse(self) -> MigrateOperation:
        return CreateSearch(self.table, self.columns)


@Operations.implementation_for(CreateSearch)
@Operations.implementation_for(DropSearch)
def execute(operations: Operations, operation: Search) -> None:
    """Run SQL as it stands: `op.execute` would take what follows a colon for a parameter."""
    context = operations.get_context()
    write = {"create": created, "drop": dropped}[operation.verb]
    for each in write(context.dialect.name, operation.table, operation.columns):
        if context.as_sql:
            context.impl.static_output(f"{each};")
        else:
            operations.get_bind().exec_driver_sql(each, execution_options={"no_parameters": True})


@renderers.dispatch_for(CreateSearch)
@renderers.dispatch_for(DropSearch)
def render(_: AutogenContext, operation: Search) -> str:
    arguments = f'"{operation.table}", {json.dumps(operation.columns)}'
    return f"op.{operation.verb}_search({arguments}){UNTYPED}"


def compare(context: AutogenContext, upgrade: UpgradeOps, __: object) -> PriorityDispatchResult:
    had = _found(context)
    tables = context.table_key_to_table.values()
    has = {table.name: table.info["search"] for table in tables if "search" in table.info}
    for each in upgrade.ops:
        if isinstance(each, CreateTableOp):
            each.info.clear()  # else Alembic writes what it says of the search into the migration
    for name in had.keys() | has.keys():
        if had.get(name) != has.get(name):
            upgrade.ops[:0] = [DropSearch(name, had[name])] if name in had else []
            upgrade.ops += [CreateSearch(name, has[name])] if name in has else []
    return PriorityDispatchResult.CONTINUE


def _found(context: AutogenContext) -> dict[str, tuple[str, ...]]:
    if context.connection is None:
        return {}
    rows = context.connection.exec_driver_sql(FOUND[context.connection.dialect.name])
    return {
        table: tuple(re.findall(r'"(\w+)"(?! AFTER)', text.partition(" ON ")[0]))
        for table, text in rows
    }


class WithTriggers(SQLiteImpl):
    """Rebuilds a table with its triggers: copied, dropped, and the copy renamed."""

    __dialect__ = "sqlite"

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._lost: dict[str, list[str]] = {}

    def drop_table(self, table: Table, **options: Any) -> None:
        query = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
        if self.connection is not None:
            rows = self.connection.exec_driver_sql(query, (table.name,))
            self._lost[table.name] = [*rows.scalars()]
        super().drop_table(table, **options)

    def rename_table(self, old_table_name: str, new_table_name: Any, schema: Any = None) -> None:
        super().rename_table(old_table_name, new_table_name, schema)
        if self.connection is not None:
            for each in self._lost.pop(str(new_table_name), []):
                self.connection.exec_driver_sql(each)


def setup(plugin: Plugin) -> None:
    plugin.add_autogenerate_comparator(compare, "schema", "search", priority=DispatchPriority.LAST)
