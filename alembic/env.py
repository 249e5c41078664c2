"""Run migrations on the configured database: one run at a time, all of it or nothing."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON, Connection, Engine, event
from sqlmodel import AutoString, SQLModel, UTCDateTime

import src.models  # noqa: F401  # registers every table
from src.core.engines import create_sync_engine
from src.core.settings import get_settings
from src.models.decimals import Exact

ADVISORY_LOCK = 0x6D69677261746521
OTHER_RUN_SECONDS = 60
TABLE_LOCK_SECONDS = 5

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
        # Alembic omits an import that its own rendering of JSONB needs.
        autogenerate.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    if kind == "type" and isinstance(item, Exact):
        numeric = f"sa.Numeric(precision={item.total}, scale={item.places})"
        return f'{numeric}.with_variant(sa.BigInteger(), "sqlite")'
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run(connection: Connection | None = None) -> None:
    """Migrate over a connection; without one, write the SQL to standard output."""
    context.configure(
        connection=connection,
        url=url,
        target_metadata=SQLModel.metadata,
        autogenerate_plugins=["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"],
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
