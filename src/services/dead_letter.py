"""Records that could not be written. Their owner reads why, and deletes them."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import bindparam, insert, select
from sqlmodel import col, func
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import ConflictError
from src.core.queries import Query
from src.models.base import table_of, utc_now
from src.models.dead_letter import DeadLetter
from src.schemas.base import Payload
from src.schemas.dead_letter import DeadLetterResponse
from src.services.base import CrudService
from src.services.purging import Purge

KEPT = timedelta(days=30)
"""Age at which a dead letter may be deleted."""
MOST = 100_000
"""Dead letters of an owner at which the intake stops: something is wrong with the stream, then."""
BODY = 65_536
"""Characters that are kept of a record."""
BATCH = 1_000
"""The most that are deleted in one transaction: each may be long."""

_OLD = Purge(col(DeadLetter.id), col(DeadLetter.created_at) < bindparam("before"))
_SOME = select(1).where(col(DeadLetter.owner_id) == bindparam("owner_id")).limit(bindparam("most"))
_INSERT = insert(table_of(DeadLetter))
_COUNT = Query(select(func.count()).select_from(_SOME.subquery()))


class TooManyDeadLettersError(ConflictError):
    message = (
        "The owner has too many dead letters: look at their reasons, mend the stream, and delete "
        "them."
    )


class DeadLetterService(CrudService[DeadLetter, Payload, Payload, DeadLetterResponse]):
    """The dead letters of one owner."""

    model = DeadLetter
    response = DeadLetterResponse

    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        super().__init__(session, owner_id=owner_id)
        self._owner_id = owner_id

    async def bury(self, letters: Sequence[DeadLetter]) -> None:
        """Insert dead letters. Raises `TooManyDeadLettersError` if the owner has `MOST` already."""
        if not letters:
            return
        rows = await _COUNT.rows(self._session, owner_id=self._owner_id, most=MOST)
        if rows[0][0] >= MOST:
            raise TooManyDeadLettersError
        values = [each.model_dump() | {"owner_id": self._owner_id} for each in letters]
        await self._session.exec(_INSERT, params=values)


class DeadLetterPurge:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def purge(self, older_than: timedelta = KEPT) -> int:
        """Delete a batch of older dead letters and return their number."""
        return await _OLD.batch(self._session, BATCH, before=utc_now() - older_than)
