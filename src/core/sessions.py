"""Sessions on a lent connection: made when they are used, and some of them read only."""

from typing import NoReturn

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import ORMExecuteState
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

WROTE = "A read-only session was asked to write."


class ReadOnlyError(RuntimeError):
    """A bug: a session opened for reading was used to write."""


class ReadSession(Session):
    """A session that does not write."""


@event.listens_for(ReadSession, "before_flush")
def refuse_to_write(*_: object) -> NoReturn:
    raise ReadOnlyError(WROTE)


@event.listens_for(ReadSession, "do_orm_execute")
def _refuse_statement(statement: ORMExecuteState) -> None:
    if statement.is_insert or statement.is_update or statement.is_delete:
        refuse_to_write()


class LazyAsyncSession(AsyncSession):
    """A session that SQLAlchemy sets up at its first use.

    Queries that bypass it are all that most requests run: see `src.core.queries`.
    """

    def __init__(self, lent: AsyncConnection, *, read_only: bool = False) -> None:
        self.lent = lent
        self.read_only = read_only

    @property
    def is_used(self) -> bool:
        return "sync_session" in vars(self)

    def __getattr__(self, name: str) -> object:
        """Set the session up, since a part of it is missing."""
        if self.is_used:
            raise AttributeError(name=name, obj=self)
        session_class = ReadSession if self.read_only else Session
        super().__init__(self.lent, sync_session_class=session_class, expire_on_commit=False)
        return getattr(self, name)
