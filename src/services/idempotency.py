"""Stored answers, so that a client may retry a POST."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import bindparam
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import BusyError, InProgressError, InvalidError
from src.core.failures import meaning_of
from src.core.queries import Query
from src.core.upsert import upsert
from src.models.base import utc_now
from src.models.idempotency import IdempotentAnswer
from src.services.purging import Purge

KEPT = timedelta(hours=24)
"""Age of a stored answer at which it may be deleted."""

_DIGEST = col(IdempotentAnswer.digest)
_CLAIM = Query(
    upsert(IdempotentAnswer)
    .values({name: bindparam(name) for name in IdempotentAnswer.model_fields})
    .on_conflict_do_nothing()
    .returning(_DIGEST)
)
_STORE = Query(
    update(IdempotentAnswer)
    .where(_DIGEST == bindparam("claimed"))
    .values({name: bindparam(name) for name in ("status", "headers", "body")})
    .returning(_DIGEST)
)
_OLD = Purge(_DIGEST, col(IdempotentAnswer.created_at) < bindparam("before"))


class IdempotencyService:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def claim(self, digest: str, fingerprint: str) -> IdempotentAnswer | None:
        """Return the stored answer; after None the caller has to answer and to `store` its answer.

        A concurrent retry waits until the first request's transaction ends. Raises
        `InProgressError` if that takes too long, and `InvalidError` if the key was used for another
        request.
        """
        row = IdempotentAnswer(digest=digest, fingerprint=fingerprint).model_dump()
        try:
            claimed = await _CLAIM.rows(self._session, **row)
        except DBAPIError as error:
            if meaning_of(error) is not BusyError:
                raise
            msg = "A request with this Idempotency-Key is at work: repeat it later."
            raise InProgressError(msg) from error
        if claimed:
            await _OLD.sometimes(self._session, before=utc_now() - KEPT)
            return None
        answer = await self._session.get(IdempotentAnswer, digest)
        if answer is None:  # purged since
            return await self.claim(digest, fingerprint)
        if answer.fingerprint != fingerprint:
            msg = "This Idempotency-Key was used for another request."
            raise InvalidError(msg)
        return answer

    async def store(
        self, digest: str, status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        answer = {"status": status, "headers": dict(headers), "body": body}
        await _STORE.rows(self._session, claimed=digest, **answer)

    async def purge(self, older_than: timedelta = KEPT) -> int:
        """Delete a batch of old answers and return their number. Their keys may be used again."""
        return await _OLD.batch(self._session, before=utc_now() - older_than)
