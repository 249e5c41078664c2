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

# Of the owner of a token, looked up by hand.
OWNER = """
    SELECT users.id FROM tokens JOIN users ON users.id = tokens.owner_id
    WHERE tokens.digest = %s AND tokens.revoked_at IS NULL AND users.active
    AND (tokens.expires_at IS NULL OR tokens.expires_at > now())
"""
OWNED_ONE = "SELECT * FROM owned_things WHERE owner_id = %s AND id = %s"
OWNED_PAGE = "SELECT * FROM owned_things WHERE owner_id = %s ORDER BY id DESC LIMIT %s"
OWNED_INSERT = """
    INSERT INTO owned_things
    (owner_id, id, version, created_at, updated_at, name, description, settings)
    VALUES (%(owner)s, %(id)s, 1, now(), now(), %(name)s, %(description)s, %(settings)s)
    RETURNING *
"""


def update(fields: Iterable[str]) -> str:
    return f"UPDATE things SET {_changes(fields)} WHERE id = %(id)s RETURNING *"  # noqa: S608  # names from a model


def update_owned(fields: Iterable[str]) -> str:
    return (
        f"UPDATE owned_things SET {_changes(fields)} "  # noqa: S608  # as above
        "WHERE owner_id = %(owner)s AND id = %(id)s RETURNING *"
    )


def _changes(fields: Iterable[str]) -> str:
    changes = "".join(f"{field} = %({field})s, " for field in fields)
    return f"{changes}version = version + 1, updated_at = now()"


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
