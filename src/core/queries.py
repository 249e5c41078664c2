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

from src.core.database import ReadSession, refuse_to_write
from src.core.driver import driver_of
from src.core.engines import BEGIN
from src.core.failures import as_sqlalchemy

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
        reading = isinstance(session.sync_session, ReadSession)
        if reading and isinstance(self._statement, UpdateBase):
            refuse_to_write()
        if session.in_transaction():
            await session.flush()  # writes changes of loaded rows first
        assert isinstance(session.bind, AsyncConnection)  # noqa: S101  # `Database` binds it
        dialect = session.bind.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Compiled(self._statement, dialect)
        with as_sqlalchemy(session.bind):
            return await compiled.rows(session.bind, values, begin=not reading)


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
        driver = driver_of(connection)
        if isinstance(driver, aiosqlite.Connection):
            if begin and not driver.in_transaction:
                await driver.execute_fetchall(BEGIN)
            rows = await driver.execute_fetchall(self._sql, [bound[n] for n in self._positions])
            return self._converted(rows, lambda: [None] * len(self._types))
        cursor = await driver.execute(self._sql, bound)
        rows = await cursor.fetchall()
        return self._converted(rows, lambda: [column.type_code for column in cursor.description])

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
