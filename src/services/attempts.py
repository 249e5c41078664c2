"""Counts login attempts, to prevent guessing: per account, existing or not, and per source."""

from datetime import datetime, timedelta
from ipaddress import IPv4Address, ip_address, ip_network
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

WINDOW = timedelta(minutes=15)
ATTEMPTS = 10
"""At an account from one source, so that strangers elsewhere do not lock its owner out."""
ATTEMPTS_IN_ALL = 100
"""At an account from all sources: NIST SP 800-63B allows no more in a row."""

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

    async def count(self, email: str, source: str) -> int:
        """Count an attempt; return the seconds to wait (0 while attempts are left).

        A refused attempt does not count against the other sources.
        """
        account, now = _account_of(email), utc_now()
        wait = await self._count(account + _half_digest(_network(source)), ATTEMPTS, now)
        return wait or await self._count(account, ATTEMPTS_IN_ALL, now)

    async def _count(self, key: str, most: int, now: datetime) -> int:
        await _OLD.sometimes(self._session, old=now - WINDOW)
        rows = await _COUNT.rows(self._session, account=key, now=now, old=now - WINDOW)
        count, since = rows[0]
        return ceil((since + WINDOW - now).total_seconds()) if count > most else 0

    async def forget(self, email: str) -> None:
        """Forget the attempts at an account from all sources."""
        account = _account_of(email)
        theirs = col(LoginAttempts.account).between(account, f"{account}g")
        await self._session.exec(delete(LoginAttempts).where(theirs))

    async def purge(self) -> int:
        """Delete a batch of attempts that no longer count; return the number of counts."""
        return await _OLD.batch(self._session, old=utc_now() - WINDOW)


def _account_of(email: str) -> str:
    return _half_digest(email.lower())


def _half_digest(text: str) -> str:
    return digest_of(text)[:32]


def _network(source: str) -> str:
    """Return the network of an IPv6 address: a customer has 2^64 of them.

    A socket of both families names IPv4 clients in IPv6, and a proxy may name anything.
    """
    try:
        address = ip_address(source)
    except ValueError:
        return source
    if isinstance(address, IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((int(address), 64), strict=False))
