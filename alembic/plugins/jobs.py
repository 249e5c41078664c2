"""The tables and functions of procrastinate, which carries jobs on PostgreSQL.

They come with the table of jobs, by procrastinate's own migrations: those that a revision names,
whatever version is installed. A newer version with further ones needs a revision of its own:

    op.migrate_procrastinate("03.04.00", "03.05.00")
"""

import re
from collections.abc import Iterator
from importlib.resources import files

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation, Operations
from alembic.operations.ops import CreateTableOp, UpgradeOps
from alembic.runtime.plugins import Plugin
from alembic.util import DispatchPriority, PriorityDispatchResult

FOREIGN = "procrastinate_"
"""The prefix of the tables that belong to procrastinate."""
WITH_TABLE = "jobs"
UNTYPED = "  # type: ignore[attr-defined]  # alembic/plugins/jobs.py adds it"
ADDED = re.compile(r"ALTER TYPE (\w+) ADD VALUE ('\w+')[^;]*;")
DROP = """
DO $$ DECLARE each record; BEGIN
    FOR each IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE starts_with(proname, 'procrastinate_')
            AND pronamespace = current_schema()::regnamespace
    LOOP EXECUTE concat('DROP FUNCTION ', each.name, ' CASCADE'); END LOOP;
    DROP TABLE procrastinate_periodic_defers, procrastinate_events, procrastinate_jobs,
        procrastinate_workers;
    DROP TYPE procrastinate_job_status, procrastinate_job_event_type, procrastinate_job_to_defer_v1;
END $$
"""


def migrations() -> list[tuple[str, str]]:
    """Return the version and the SQL of each migration in the installed package."""
    folder = files("procrastinate.sql") / "migrations"
    found = sorted((each for each in folder.iterdir() if each.name.endswith(".sql")), key=str)
    return [(each.name.partition("_")[0], each.read_text(encoding="utf-8")) for each in found]


@Operations.register_operation("migrate_procrastinate")
class MigrateProcrastinate(MigrateOperation):
    """Run the migrations that are newer than a version, up to another; on PostgreSQL only."""

    def __init__(self, after: str, last: str) -> None:
        self.after, self.last = after, last

    @classmethod
    def migrate_procrastinate(cls, operations: Operations, after: str, last: str) -> None:
        operations.invoke(cls(after, last))

    def reverse(self) -> MigrateOperation:
        return DropProcrastinate()


@Operations.register_operation("drop_procrastinate")
class DropProcrastinate(MigrateOperation):
    @classmethod
    def drop_procrastinate(cls, operations: Operations) -> None:
        operations.invoke(cls())


@Operations.implementation_for(MigrateProcrastinate)
def migrate(operations: Operations, operation: MigrateProcrastinate) -> None:
    chosen = (sql for version, sql in migrations() if operation.after < version <= operation.last)
    execute(operations, in_one_transaction(";\n".join(chosen)))


def in_one_transaction(sql: str) -> str:
    """Create types with the values that are added to them later.

    Before version 17, PostgreSQL uses no value in the transaction that has added it to a type.
    """
    for added in ADDED.finditer(sql):
        created = f"CREATE TYPE {added[1]} AS ENUM ("
        if created in sql:
            sql = sql.replace(added[0], "").replace(created, f"{created}{added[2]}, ", 1)
    return sql


@Operations.implementation_for(DropProcrastinate)
def drop(operations: Operations, _: DropProcrastinate) -> None:
    execute(operations, DROP)


def execute(operations: Operations, sql: str) -> None:
    """Run SQL on PostgreSQL as it stands: `op.execute` would double its percent signs offline."""
    context = operations.get_context()
    if context.dialect.name != "postgresql":
        return
    if context.as_sql:
        context.impl.static_output(f"{sql};")
    else:
        operations.get_bind().exec_driver_sql(sql, execution_options={"no_parameters": True})


@renderers.dispatch_for(MigrateProcrastinate)
def render_migrate(_: AutogenContext, operation: MigrateProcrastinate) -> str:
    return f'op.migrate_procrastinate("{operation.after}", "{operation.last}"){UNTYPED}'


@renderers.dispatch_for(DropProcrastinate)
def render_drop(_: AutogenContext, __: DropProcrastinate) -> str:
    return f"op.drop_procrastinate(){UNTYPED}"


def add(_: AutogenContext, upgrade: UpgradeOps, __: object) -> PriorityDispatchResult:
    if WITH_TABLE in _created(upgrade):
        newest, _sql = migrations()[-1]
        upgrade.ops.append(MigrateProcrastinate("", newest))
    return PriorityDispatchResult.CONTINUE


def _created(upgrade: UpgradeOps) -> Iterator[str]:
    return (each.table_name for each in upgrade.ops if isinstance(each, CreateTableOp))


def setup(plugin: Plugin) -> None:
    plugin.add_autogenerate_comparator(add, "schema", "tables", priority=DispatchPriority.LAST)
