"""Queries that SQLAlchemy compiles once and the driver's own cursor runs.

A session adds several times the cost of the query to each execution. The queries of every request
therefore bypass it, with the same types and errors; everything else should use the session.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import aiosqlite
from sqlalchemy import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import SelectBase
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.driver import driver_of
from src.core.failures import as_sqlalchemy
from src.core.postgres import CURSOR_OF
from src.core.sessions import LazyAsyncSession, refuse_to_write
from src.core.sqlite import fetch

logger = logging.getLogger(__name__)

type Row = list[Any]
type Conversion = Callable[[Any], Any]


class Query:
    """A SELECT, or a write with RETURNING, whose values are all named by `bindparam`."""

    def __init__(self, statement: SelectBase | UpdateBase) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    async def rows(self, session: AsyncSession, /, **values: object) -> list[Row]:
        """Run the query in a session of `Database`. Raises the errors that the session would."""
        assert isinstance(session, LazyAsyncSession)  # noqa: S101  # `Database` makes no other
        if session.read_only and isinstance(self._statement, UpdateBase):
            refuse_to_write()
        if session.is_used and session.in_transaction():
            await session.flush()  # writes changes of loaded rows first
        connection = session.lent
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Compiled(self._statement, dialect)
        with as_sqlalchemy(connection):
            return await compiled.rows(connection, values, begin=not session.read_only)


class _Compiled:
    def __init__(self, statement: SelectBase | UpdateBase, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        binds = compiled.binds.items()
        self._sql = str(compiled)
        self._positions = compiled.positiontup or ()  # for SQLite; psycopg takes names
        self._constants = {name: bind.value for name, bind in binds if not bind.required}
        self._to_driver = {
            name: convert
            for name, bind in binds
            if (convert := bind.type.dialect_impl(dialect).bind_processor(dialect))
        }
        self._dialect = dialect
        self._types = [column.type.dialect_impl(dialect) for column in statement.exported_columns]
        self._from_driver: list[tuple[int, Conversion]] | None = None

    async def rows(
        self, connection: AsyncConnection, values: Mapping[str, object], *, begin: bool
    ) -> list[Row]:
        logger.debug(self._sql)
        bound = {**self._constants, **values}
        for name, convert in self._to_driver.items():
            bound[name] = convert(bound[name])
        if isinstance(driver_of(connection), aiosqlite.Connection):
            ordered = [bound[name] for name in self._positions]
            rows = await fetch(connection, self._sql, ordered, begin=begin)
            return self._converted(rows, lambda: [None] * len(self._types))
        cursor = connection.info[CURSOR_OF](self._sql)
        await cursor.execute(self._sql, bound)
        rows = await cursor.fetchall()  # at once: nobody can have used the cursor in between
        lists = self._converted(rows, lambda: [each.type_code for each in cursor.description])
        cursor.pgresult.clear()
        return lists

    def _converted(
        self, rows: Iterable[Iterable[Any]], codes: Callable[[], list[int | None]]
    ) -> list[Row]:
        if self._from_driver is None:
            conversions = [
                kind.result_processor(self._dialect, code)
                for kind, code in zip(self._types, codes(), strict=True)
            ]
            self._from_driver = [(n, each) for n, each in enumerate(conversions) if each]
        lists = [list(row) for row in rows]
        for row in lists:
            for position, convert in self._from_driver:
                row[position] = convert(row[position])
        return lists
