"""Run migrations on the configured database: one run at a time, all of it or nothing."""

import sys
from collections.abc import Callable, Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.runtime.plugins import Plugin
from sqlalchemy import JSON, Connection, Engine, event
from sqlalchemy.dialects import postgresql
from sqlmodel import AutoString, SQLModel, UTCDateTime

import src.models  # noqa: F401  # registers every table
from src.core.engines import create_sync_engine
from src.core.settings import get_settings
from src.models.decimals import Exact
from src.models.times import Microseconds

ADVISORY_LOCK = 0x6D69677261746521
OTHER_RUN_SECONDS = 60
TABLE_LOCK_SECONDS = 5
PARTS = """
    SELECT relname, '' FROM pg_class WHERE relispartition
    UNION ALL
    SELECT relname, conname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
    WHERE conparentid <> 0
"""
"""Partitions, and by table the constraints that belong to those of partitioned tables."""

url = get_settings().database_url
is_sqlite = url.get_backend_name() == "sqlite"


def create_migration_engine() -> Engine:
    """Create an engine that, unlike the service's, does not enforce foreign keys on SQLite: a batch
    migration rebuilds tables, and rebuilding the parent of a cascading key would delete its
    children.
    """
    if not is_sqlite:
        return create_sync_engine(url)
    engine = create_sync_engine(url, isolation_level=None, timeout=OTHER_RUN_SECONDS)

    @event.listens_for(engine, "begin")
    def wait_for_other_runs(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def render_item(kind: str, item: Any, autogenerate: AutogenContext) -> str | Literal[False]:
    """Render SQLModel's types as SQLAlchemy's: old migrations outlive a library's names."""
    if kind == "type" and isinstance(item, JSON):
        dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's is not
        if not isinstance(item.dialect_impl(dialect), postgresql.JSONB):
            return "sa.JSON()"
        # Alembic omits an import that its own rendering of JSONB needs.
        autogenerate.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    if kind == "type" and isinstance(item, Exact):
        numeric = f"sa.Numeric(precision={item.total}, scale={item.places})"
        return f'{numeric}.with_variant(sa.BigInteger(), "sqlite")'
    if kind == "type" and isinstance(item, Microseconds):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def load_plugin(path: Path) -> ModuleType:
    """Load what a capability adds to migrations; once, since a process may run several."""
    name = f"plugins.{path.stem}"
    if name not in sys.modules:
        spec = spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ImportError(path)
        module = sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(module)
        Plugin.setup_plugin_from_module(module, name)
    return sys.modules[name]


plugins = [load_plugin(path) for path in sorted(Path(__file__).parent.glob("plugins/*.py"))]


def comparing(connection: Connection | None) -> Callable[..., bool]:
    """Return a function that tells what Alembic compares with the models: neither the tables and
    indexes of a plugin, nor partitions and what PostgreSQL makes for each, which are parts of other tables.
    """
    foreign = tuple(each.FOREIGN for each in plugins)
    parts = set[tuple[str, str]]()
    if connection is not None and not is_sqlite:
        parts |= {(table, name) for table, name in connection.exec_driver_sql(PARTS)}
        connection.rollback()  # Alembic takes an open transaction for its caller's

    def is_ours(name: str | None, kind: str, parents: Mapping[str, str | None]) -> bool:
        if str(name).startswith(foreign) and kind in {"table", "index"}:
            return False
        if kind == "table":
            return (name, "") not in parts
        return (parents.get("table_name"), name) not in parts

    return is_ours


def run(connection: Connection | None = None) -> None:
    """Migrate over a connection; without one, write the SQL to standard output."""
    context.configure(
        connection=connection,
        url=url,
        target_metadata=SQLModel.metadata,
        autogenerate_plugins=[
            *("alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"),
            *(each.__name__ for each in plugins),
        ],
        include_name=comparing(connection),
        render_item=render_item,
        render_as_batch=True,
        transactional_ddl=True,
        literal_binds=connection is None,
    )
    with context.begin_transaction():
        # Not before Alembic's transaction: it would take one that is already open for its
        # caller's, and not commit.
        if not is_sqlite:
            context.execute(f"SET LOCAL lock_timeout = '{OTHER_RUN_SECONDS}s'")
            context.execute(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
            context.execute(f"SET LOCAL lock_timeout = '{TABLE_LOCK_SECONDS}s'")
        context.run_migrations()


if context.is_offline_mode():
    run()
else:
    with create_migration_engine().connect() as connection:
        run(connection)
