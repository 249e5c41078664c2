"""Answers that are given once and then repeated, so that a client may send a POST again."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, delete, update
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import InProgressError, InvalidError
from src.core.failures import BUSY, meaning_of
from src.models.base import utc_now
from src.models.idempotency import IdempotentAnswer


class IdempotencyService:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def claim(self, digest: str, fingerprint: str) -> IdempotentAnswer | None:
        """Return the answer that was given before; None makes the caller the one who answers.

        A twin at work holds the row until its transaction ends. Raises `InProgressError` when that
        takes too long, and `InvalidError` when the key was used for another request.
        """
        row = IdempotentAnswer(digest=digest, fingerprint=fingerprint).model_dump()
        is_sqlite = self._session.get_bind().dialect.name == "sqlite"
        insert = (
            sqlite.insert(IdempotentAnswer).on_conflict_do_nothing()
            if is_sqlite
            else postgresql.insert(IdempotentAnswer).on_conflict_do_nothing()
        )
        statement = insert.values(row).returning(col(IdempotentAnswer.digest))
        try:
            claimed = await self._session.exec(statement)
        except DBAPIError as error:
            if meaning_of(error) is not BUSY:
                raise
            msg = "A request with this Idempotency-Key is at work: repeat it later."
            raise InProgressError(msg) from error
        if claimed.first() is not None:
            return None
        answer = await self._session.get_one(IdempotentAnswer, digest)
        if answer.fingerprint != fingerprint:
            msg = "This Idempotency-Key was used for another request."
            raise InvalidError(msg)
        return answer

    async def store(
        self, digest: str, status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        statement = update(IdempotentAnswer).where(col(IdempotentAnswer.digest) == digest)
        await self._session.exec(statement.values(status=status, headers=dict(headers), body=body))

    async def purge(self, older_than: timedelta) -> int:
        """Delete old answers, and tell how many. Their keys may then be used anew."""
        old = col(IdempotentAnswer.created_at) < utc_now() - older_than
        return (await self._session.exec(delete(IdempotentAnswer).where(old))).rowcount
