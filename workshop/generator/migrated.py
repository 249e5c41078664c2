"""Runs migrations that nobody has written to a file, and looks at their tables."""

import runpy
from io import StringIO
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, inspect

runpy.run_path("alembic/plugins/search.py")  # which adds operations


def run(connection: Connection, migration: str, direction: str = "upgrade") -> None:
    names: dict[str, Any] = {}
    exec(migration, names)  # noqa: S102  # it was just made
    with connection.begin(), Operations.context(MigrationContext.configure(connection)):
        names[direction]()


def written(migration: str) -> str:
    """Return the upgrade as ``alembic upgrade --sql`` writes it for PostgreSQL."""
    names: dict[str, Any] = {}
    exec(migration, names)  # noqa: S102  # as above
    options = {"as_sql": True, "literal_binds": True, "output_buffer": (sql := StringIO())}
    context = MigrationContext.configure(
        dialect_name="postgresql", dialect_opts={"paramstyle": "named"}, opts=options
    )
    with Operations.context(context):
        names["upgrade"]()
    return sql.getvalue()


def described(connection: Connection, table: str) -> dict[str, object]:
    """Everything about the table but for the order of its columns."""
    inspector = inspect(connection)
    described = {
        "columns": {
            each["name"]: (str(each["type"]), each["nullable"], each["default"])
            for each in inspector.get_columns(table)
        },
        "unique": {each["name"]: each for each in inspector.get_unique_constraints(table)},
        "keys": {each["name"]: each for each in inspector.get_foreign_keys(table)},
        "checks": {each["name"]: each for each in inspector.get_check_constraints(table)},
        "indexes": {each["name"]: each for each in inspector.get_indexes(table)},
    }
    connection.rollback()
    return described
