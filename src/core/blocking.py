"""Services for synchronous callers: scripts, notebooks, workers."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.database import Database
from src.core.settings import Settings, get_settings


class SyncFacade:
    """A service whose methods are called without ``await``."""

    def __init__(self, service: object, portal: BlockingPortal) -> None:
        self._service = service
        self._portal = portal

    # Python's types cannot say "the same methods, not asynchronous".
    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._service, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._portal.call(lambda: method(*args, **kwargs))

        return call


@contextmanager
def blocking(
    service: Callable[[AsyncSession], object], settings: Settings | None = None
) -> Iterator[SyncFacade]:
    """Open a service for one transaction: committed when the block ends, rolled back on an error.

        with blocking(DatasetService) as datasets:
            dataset = datasets.create(DatasetCreate(name="Iris"))

    Works where an event loop already runs, as in a notebook: the service has a loop, a thread
    and a `Database` of its own for the length of the block.
    """
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(_writing(settings or get_settings())) as session,
    ):
        yield SyncFacade(service(session), portal)


@asynccontextmanager
async def _writing(settings: Settings) -> AsyncIterator[AsyncSession]:
    database = Database(settings)
    try:
        async with database.writing() as session:
            yield session
    finally:
        await database.dispose()
