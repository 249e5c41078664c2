"""Finds out who sends a request, by its token."""

import logging
from dataclasses import dataclass
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
from src.services.token import digest_of

NO_TOKEN = "Send a valid token: Authorization: Bearer ..."  # noqa: S105  # a message
LAST_USE_PRECISION = timedelta(minutes=5)
"""Precision of a token's last use: noting it costs a transaction."""
PAUSE = timedelta(minutes=1)
"""After a note that failed: on a read-only database every request would try in vain."""

_FAILED = WeakKeyDictionary[Database, datetime]()
logger = logging.getLogger(__name__)

_FIND = Query(
    select(Token.id, Token.scopes, Token.last_used_at, Token.kind)
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


@dataclass(frozen=True)
class Caller:
    user_id: UUID
    scopes: frozenset[Scope]
    """Those of the token; `admin` only as long as the user is an administrator."""
    token_id: UUID | None = None
    has_logged_in: bool = True
    """Not by the key of a program."""


async def authenticate(database: Database, secret: str) -> Caller:
    """Return the caller. Raises `UnauthenticatedError` for an unknown or ended token."""
    now = utc_now()
    async with database.reading(current=True) as session:
        rows = await _FIND.rows(session, digest=digest_of(secret), now=now)
    if not rows:
        raise UnauthenticatedError(NO_TOKEN)
    token_id, scopes, last_used_at, kind, user_id, admin = rows[0]
    if last_used_at is None or now - last_used_at > LAST_USE_PRECISION:
        await _note_use(database, token_id, now)
    held = frozenset[Scope](scopes) - (set() if admin else {"admin"})
    return Caller(user_id, held, token_id, kind == "session")


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
