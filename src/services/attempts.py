"""Counts login attempts per account, existing or not, to prevent guessing."""

from datetime import timedelta
from math import ceil

from sqlalchemy import DateTime, bindparam, case
from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.queries import Query
from src.core.upsert import upsert
from src.models.base import utc_now
from src.models.login_attempts import LoginAttempts
from src.services.purging import Purge
from src.services.token import digest_of

ATTEMPTS, WINDOW = 10, timedelta(minutes=15)

_count, _since = col(LoginAttempts.count), col(LoginAttempts.since)
_is_old = _since <= bindparam("old")
_COUNT = Query(
    upsert(LoginAttempts)
    .values(account=bindparam("account"), since=bindparam("now"), count=1)
    .on_conflict_do_update(
        index_elements=["account"],
        set_={
            "count": case((_is_old, 1), else_=_count + 1),
            "since": case((_is_old, bindparam("now", type_=DateTime(timezone=True))), else_=_since),
        },
    )
    .returning(_count, _since)
)
_OLD = Purge(col(LoginAttempts.account), _is_old)


class AttemptService:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def count(self, email: str) -> int:
        """Count an attempt; return the seconds to wait (0 while attempts are left)."""
        now = utc_now()
        account = _account_of(email)
        await _OLD.sometimes(self._session, old=now - WINDOW)
        rows = await _COUNT.rows(self._session, account=account, now=now, old=now - WINDOW)
        count, since = rows[0]
        return ceil((since + WINDOW - now).total_seconds()) if count > ATTEMPTS else 0

    async def forget(self, email: str) -> None:
        theirs = col(LoginAttempts.account) == _account_of(email)
        await self._session.exec(delete(LoginAttempts).where(theirs))

    async def purge(self) -> int:
        """Delete a batch of attempts that no longer count; return the number of accounts."""
        return await _OLD.batch(self._session, old=utc_now() - WINDOW)


def _account_of(email: str) -> str:
    return digest_of(email.lower())
