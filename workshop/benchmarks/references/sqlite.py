"""The statements of the reference on aiosqlite, each a transaction of its own."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from sqlite3 import Row

import aiosqlite

PATH = os.environ["DATABASE_URL"].removeprefix("sqlite:///")
ONE = "SELECT * FROM things WHERE id = :id"
PAGE = "SELECT * FROM things ORDER BY id DESC LIMIT :limit"
INSERT = """
    INSERT INTO things (id, version, created_at, updated_at, name, description, settings)
    VALUES (:id, 1, :now, :now, :name, :description, :settings)
    RETURNING *
"""

# Of the owner of a token, looked up by hand.
OWNER = """
    SELECT users.id FROM tokens JOIN users ON users.id = tokens.owner_id
    WHERE tokens.digest = :digest AND tokens.revoked_at IS NULL AND users.active
    AND (tokens.expires_at IS NULL OR tokens.expires_at > :now)
"""
OWNED_ONE = "SELECT * FROM owned_things WHERE owner_id = :owner AND id = :id"
OWNED_PAGE = "SELECT * FROM owned_things WHERE owner_id = :owner ORDER BY id DESC LIMIT :limit"
OWNED_INSERT = """
    INSERT INTO owned_things
    (owner_id, id, version, created_at, updated_at, name, description, settings)
    VALUES (:owner, :id, 1, :now, :now, :name, :description, :settings)
    RETURNING *
"""


@asynccontextmanager
async def connect() -> AsyncIterator[aiosqlite.Connection]:
    async with aiosqlite.connect(PATH, isolation_level=None) as connection:
        connection.row_factory = Row
        await connection.execute("PRAGMA journal_mode = WAL")
        await connection.execute("PRAGMA synchronous = FULL")
        await connection.execute("PRAGMA foreign_keys = ON")
        yield connection


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
