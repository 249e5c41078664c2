"""What the service asks and tells a PostgreSQL server when a connection opens.

Limits cannot be startup options: a pooler refuses or drops those, and libpq would take a session
that is read-only from the start for a standby. One question after connecting is enough. It
recognises a pooler, which does not know the server's process id. Directly connected, it also sets
the limits for the session; a pooler shares sessions, so there each transaction sets its own.
"""

import asyncio
from functools import lru_cache
from secrets import choice
from typing import Any
from uuid import uuid4

from psycopg import AsyncConnection as Driver
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from src.core.driver import OPENING, Opener, driver_of
from src.core.errors import AwayError, UnusableDatabaseError
from src.core.failures import as_sqlalchemy
from src.core.settings import Settings

LOCK_SECONDS = 2
IDLE_IN_TRANSACTION_SECONDS = 10
CLIENT_CHECK_SECONDS = 5
POOLER_SECONDS = 3
QUESTIONS = 20
CURSOR_OF = "cursor_of"
"""Key of a connection's `info` for the function that returns the cursor of a compiled query."""
CURSORS = 100
"""The most cursors kept per connection, as many as psycopg keeps prepared statements."""
UTF8 = (
    "The database is not encoded in UTF8: create it anew with CREATE DATABASE ... ENCODING 'UTF8'"
)
POOLER = (
    "The address leads to a pooler that mixes up prepared statements: "
    "set DATABASE_PREPARED_STATEMENTS=false, or max_prepared_statements in PgBouncer 1.21 or newer"
)

type Session = Driver[Any]


def limits_of(settings: Settings) -> dict[str, str]:
    return {
        "timezone": "UTC",
        "statement_timeout": f"{settings.database_statement_timeout * 1000:.0f}",
        "lock_timeout": f"{LOCK_SECONDS * 1000}",
        "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_SECONDS * 1000}",
        "client_connection_check_interval": f"{CLIENT_CHECK_SECONDS * 1000}",
    }


class PostgresOpener(Opener):
    def __init__(
        self, engine: AsyncEngine, settings: Settings, options: str, *, read_only: bool
    ) -> None:
        super().__init__(engine)
        # What the address sets itself, as in ?options=-c%20lock_timeout=1s, is left alone.
        written = options.replace("-", "_")
        limits = {k: v for k, v in limits_of(settings).items() if f"{k}=" not in written}
        begin = ["BEGIN READ ONLY"] if read_only else []
        local = [f"SET LOCAL {name} = '{value}'" for name, value in limits.items()]
        self._opening = "; ".join(begin + local)
        if read_only:
            limits["default_transaction_read_only"] = "on"
        self._settings = ", ".join(
            f"set_config('{name}', '{value}', false)" for name, value in limits.items()
        )
        self._prepares = settings.database_prepared_statements
        self._vetted = False

    async def open(self) -> AsyncConnection:
        """Connect. Raises `UnusableDatabaseError`."""
        connection = await super().open()
        try:
            with as_sqlalchemy(connection):
                await self._greet(connection)
        except BaseException:
            await connection.close()
            raise
        # A cursor that runs the same query again knows how to convert its values.
        driver = driver_of(connection)
        connection.info[CURSOR_OF] = lru_cache(CURSORS)(lambda _: driver.cursor())
        return connection

    async def _greet(self, connection: AsyncConnection) -> None:
        driver: Session = driver_of(connection)
        is_direct, encoding = await self._ask(driver)
        if encoding != "UTF8":
            raise UnusableDatabaseError(UTF8)
        if not is_direct:
            if self._prepares and not self._vetted:
                await self._vet(driver)
            connection.info[OPENING] = self._opening

    async def _ask(self, driver: Session) -> tuple[bool, str]:
        own = f"pg_backend_pid() = {driver.info.backend_pid}"
        question = (
            f"SELECT {own}, current_setting('server_encoding'), "  # all ours
            f"CASE WHEN {own} THEN ARRAY[{self._settings}] END"
        )
        autocommit = driver.autocommit
        await driver.set_autocommit(True)  # a rollback would undo the settings
        rows = await (await driver.execute(question)).fetchall()
        await driver.set_autocommit(autocommit)
        return rows[0][0], rows[0][1]

    async def _vet(self, driver: Session) -> None:
        """Prove that the pooler keeps prepared statements apart. Raises `UnusableDatabaseError`."""
        if not await _are_renamed(driver):
            try:
                async with asyncio.timeout(POOLER_SECONDS), self.engine.connect() as other:
                    has_sessions = await _have_own_sessions(driver, driver_of(other))
            except TimeoutError as error:
                raise AwayError from error
            if not has_sessions:
                raise UnusableDatabaseError(POOLER)
        self._vetted = True


async def _are_renamed(driver: Session) -> bool:
    """Return whether the pooler gives prepared statements names of its own, and so knows them."""
    mark = uuid4().hex
    find = f"SELECT name FROM pg_prepared_statements WHERE statement LIKE '%{mark}%'"  # noqa: S608
    async with driver.transaction():
        rows = await (await driver.execute(find, prepare=True)).fetchall()
        ours = [name for (name,) in rows if name.startswith("_pg3_")]
        for name in ours:
            await driver.execute(f'DEALLOCATE "{name}"')
    return bool(rows) and not ours


async def _have_own_sessions(driver: Session, other: Session) -> bool:
    """Return whether two connections keep two sessions of the server, each its own.

    The order is random: other workers that ask in step would otherwise get the same two in turn.
    """
    asked = [driver, other, *(choice((driver, other)) for _ in range(QUESTIONS))]
    seen = {(each, await _process_id(each)) for each in asked}
    return len(seen) == len({process for _, process in seen}) == len({driver, other})


async def _process_id(driver: Session) -> int:
    async with driver.transaction():
        cursor = await driver.execute("SELECT pg_backend_pid()", prepare=False)
        rows = await cursor.fetchall()
    return int(rows[0][0])
