"""Finds out who sends a request, by its token."""

import logging
from datetime import datetime, timedelta
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam, or_
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select, update

from src.core.database import Database
from src.core.errors import DomainError, UnauthenticatedError
from src.core.queries import Query
from src.models.base import utc_now
from src.models.token import Scope, Token
from src.models.user import User
from src.services.callers import Caller, CallerMemory
from src.services.token import digest_of

NO_TOKEN = "Send a valid token: Authorization: Bearer ..."  # noqa: S105  # a message
LAST_USE_PRECISION = timedelta(minutes=5)
"""Precision of a token's last use: noting it costs a transaction."""
PAUSE = timedelta(minutes=1)
"""After a note that failed: on a read-only database every request would try in vain."""

_FAILED = WeakKeyDictionary[Database, datetime]()
_MEMORIES = WeakKeyDictionary[Database, CallerMemory]()
logger = logging.getLogger(__name__)

_FIND = Query(
    select(Token.id, Token.scopes, Token.last_used_at, Token.expires_at)
    .add_columns(col(Token.kind))
    .add_columns(col(User.id), col(User.admin))
    .join(User)
    .where(
        col(Token.digest) == bindparam("digest"),
        col(Token.revoked_at).is_(None),
        or_(col(Token.expires_at).is_(None), col(Token.expires_at) > bindparam("now")),
        col(User.active),
    )
)
_NOTE_USE = Query(
    update(Token)
    .where(col(Token.id) == bindparam("token_id"))
    # Bookkeeping: keep `updated_at`.
    .values(last_used_at=bindparam("now"), updated_at=col(Token.updated_at))
    .returning(col(Token.id))
)


def remember_callers(database: Database, seconds: float) -> None:
    """Remember the callers of a database for so long; by default each is looked up each time."""
    _MEMORIES[database] = CallerMemory(database.listener, seconds)


async def authenticate(database: Database, secret: str) -> Caller:
    """Return the caller. Raises `UnauthenticatedError` for an unknown or ended token."""
    digest, memory = digest_of(secret), _MEMORIES.get(database)
    if memory is None:
        return (await _look_up(database, digest))[0]
    if known := memory.recall(digest):
        return known
    begun = memory.now()
    caller, lasts = await _look_up(database, digest)
    memory.keep(digest, caller, begun, lasts)
    return caller


async def _look_up(database: Database, digest: str) -> tuple[Caller, timedelta | None]:
    """Return the caller, and how long the token lasts if it expires."""
    now = utc_now()
    async with database.reading(current=True) as session:
        rows = await _FIND.rows(session, digest=digest, now=now)
    if not rows:
        raise UnauthenticatedError(NO_TOKEN)
    token_id, scopes, last_used_at, expires_at, kind, user_id, admin = rows[0]
    if last_used_at is None or now - last_used_at > LAST_USE_PRECISION:
        await _note_use(database, token_id, now)
    held = frozenset[Scope](scopes) - (set() if admin else {"admin"})
    lasts = expires_at - now if expires_at else None
    return Caller(user_id, held, token_id, kind == "session"), lasts


async def _note_use(database: Database, token_id: UUID, now: datetime) -> None:
    """Note the use if the database can be written: the request may need no more than reading."""
    if database in _FAILED and now - _FAILED[database] < PAUSE:
        return
    try:
        async with database.writing() as session:
            await _NOTE_USE.rows(session, token_id=token_id, now=now)
    except (DBAPIError, DomainError) as error:
        _FAILED[database] = now
        logger.warning("The use of a token was not noted: %s", type(error).__name__)
