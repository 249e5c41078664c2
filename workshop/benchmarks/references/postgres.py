"""The statements that both references on psycopg run, each a transaction of its own."""

import os
from collections.abc import Iterable

from psycopg import AsyncConnection
from psycopg.types.json import JsonbDumper
from psycopg_pool import AsyncConnectionPool

ONE = "SELECT * FROM things WHERE id = %s"
PAGE = "SELECT * FROM things ORDER BY id DESC LIMIT %s"
INSERT = """
    INSERT INTO things (id, version, created_at, updated_at, name, description, settings)
    VALUES (%(id)s, 1, now(), now(), %(name)s, %(description)s, %(settings)s)
    RETURNING *
"""


def update(fields: Iterable[str]) -> str:
    changes = "".join(f"{field} = %({field})s, " for field in fields)
    return (
        f"UPDATE things SET {changes}version = version + 1, updated_at = now() "  # noqa: S608  # names from a model
        "WHERE id = %(id)s RETURNING *"
    )


async def _store_dicts_as_json(connection: AsyncConnection) -> None:
    connection.adapters.register_dumper(dict, JsonbDumper)


def make_pool() -> AsyncConnectionPool:
    return AsyncConnectionPool(
        os.environ["DATABASE_URL"],
        min_size=5,
        open=False,
        configure=_store_dicts_as_json,
        kwargs={"autocommit": True, "options": "-c timezone=UTC"},
    )
