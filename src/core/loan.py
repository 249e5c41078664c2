"""A connection in the hands of a block."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from sqlalchemy.ext.asyncio import AsyncConnection

from src.core.driver import OPENING, driver_of, interrupt
from src.core.failures import as_sqlalchemy


class Loan(AbstractAsyncContextManager[AsyncConnection]):
    """Lends a connection to a block, and takes it back whatever happens.

    It is a class since every request has one: `asynccontextmanager` costs five times as much.
    """

    def __init__(
        self,
        lend: Callable[[], Awaitable[AsyncConnection]],
        take_back: Callable[[AsyncConnection], Awaitable[None]],
    ) -> None:
        self._lend = lend
        self._take_back = take_back

    async def __aenter__(self) -> AsyncConnection:
        connection = self._connection = await self._lend()
        if opening := connection.info.get(OPENING):
            try:
                await driver_of(connection).execute(opening)
            except BaseException as error:
                await self._end(error)
                raise
        return connection

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        await self._end(error)

    async def _end(self, error: BaseException | None) -> None:
        try:
            if isinstance(error, asyncio.CancelledError):
                interrupt(self._connection)
            if error is not None:
                with as_sqlalchemy(self._connection):
                    raise error
        finally:
            await self._take_back(self._connection)
