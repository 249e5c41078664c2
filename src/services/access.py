"""Logins, tokens and passwords.

Each step has its own short transaction: the count of attempts has to survive a refused login, and
no connection is held while a password is hashed.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID
from weakref import WeakSet

from pydantic import Secret
from sqlalchemy import bindparam, or_
from sqlmodel import col, select, update

from src.core.database import Database
from src.core.errors import ForbiddenError, TooManyAttemptsError, UnauthenticatedError
from src.core.queries import Query
from src.models.base import utc_now
from src.models.token import Scope, Token
from src.models.user import User
from src.schemas.access import Login, LoginForm, PasswordChange, PasswordSet
from src.schemas.token import TokenCreate
from src.services.accounts import WRONG, AccountService
from src.services.attempts import AttemptService
from src.services.passwords import check_password, hash_password, place
from src.services.token import TokenService, digest_of
from src.services.user import UserService

NO_TOKEN = "Send a valid token: Authorization: Bearer ..."  # noqa: S105  # a message
SESSION = timedelta(hours=12)
LAST_USE_PRECISION = timedelta(minutes=5)
"""Precision of a token's last use: noting it costs a transaction."""
SCOPES: frozenset[Scope] = frozenset({"read", "write", "admin"})
DEVELOPER = UUID("01900000-0000-7000-8000-00000000de00")
_HAVE_DEVELOPER = WeakSet[Database]()

_FIND = Query(
    select(Token.id, Token.scopes, Token.last_used_at, User.id)
    .add_columns(col(User.admin))
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
    admin: bool
    scopes: frozenset[Scope]
    token_id: UUID | None = None


class AccessService:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def authenticate(self, secret: str) -> Caller:
        """Return the caller. Raises `UnauthenticatedError` for an unknown or ended token."""
        now = utc_now()
        async with self._database.reading(current=True) as session:
            rows = await _FIND.rows(session, digest=digest_of(secret), now=now)
        if not rows:
            raise UnauthenticatedError(NO_TOKEN)
        token_id, scopes, last_used_at, user_id, admin = rows[0]
        if last_used_at is None or now - last_used_at > LAST_USE_PRECISION:
            async with self._database.writing() as session:
                await _NOTE_USE.rows(session, token_id=token_id, now=now)
        return Caller(user_id, admin, frozenset(scopes), token_id)

    async def log_in(self, form: LoginForm) -> Login:
        """Open a session. Raises `UnauthenticatedError` for an unknown user and for a wrong
        password alike, and `ForbiddenError` for a scope that the user may not have.
        """
        user, newer_hash = await self._proven(form.username, form.password)
        held = SCOPES if user.admin else SCOPES - {"admin"}
        now = utc_now()
        data = TokenCreate.model_validate(
            {"name": "login", "scopes": form.scope.split() or held, "expires_at": now + SESSION}
        )
        async with self._database.writing() as session:
            await AccountService(session).confirm(user, newer_hash)
            tokens = TokenService(session, user.id)
            issued = await tokens.issue(data, held, kind="session", last_used_at=now)
        seconds = int(SESSION.total_seconds())
        return Login(access_token=issued.token, expires_in=seconds, scope=" ".join(issued.scopes))

    async def log_out(self, caller: Caller) -> None:
        if caller.token_id is not None:
            async with self._database.writing() as session:
                await TokenService(session, caller.user_id).revoke(caller.token_id)

    async def change_password(self, caller: Caller, data: PasswordChange) -> None:
        """Set a new password. Raises `ForbiddenError` if the current one is wrong."""
        async with self._database.reading(current=True) as session:
            user = await UserService(session).get(caller.user_id)
        try:
            await self._proven(user.email, data.current)
        except UnauthenticatedError:
            msg = "The current password is wrong."
            raise ForbiddenError(msg) from None
        await self.set_password(caller.user_id, data)

    async def set_password(self, user_id: UUID, data: PasswordSet) -> None:
        async with place():
            password_hash = await hash_password(data.password.get_secret_value())
        async with self._database.writing() as session:
            await AccountService(session).set_password(user_id, password_hash)

    async def developer(self) -> Caller:
        """Return the caller of requests without a token; insert the user if needed."""
        if self._database not in _HAVE_DEVELOPER:
            await self.add_developer()
            _HAVE_DEVELOPER.add(self._database)
        return Caller(DEVELOPER, admin=True, scopes=SCOPES)

    async def add_developer(self) -> None:
        user = User(id=DEVELOPER, email="developer@example.com", name="Developer", admin=True)
        async with self._database.writing() as session:
            await AccountService(session).add(user)

    async def _proven(self, email: str, password: Secret[str]) -> tuple[User, str | None]:
        """Return the active user with this password, and a new hash if the stored one is weak.

        Raises `UnauthenticatedError`, or `TooManyAttemptsError`.
        """
        async with place():  # taken first: who is refused costs the database nothing
            user = await self._candidate(email)
            known = user.password_hash if user else None
            is_right, newer_hash = await check_password(password.get_secret_value(), known)
        if user is None or not is_right:
            raise UnauthenticatedError(WRONG)
        return user, newer_hash

    async def _candidate(self, email: str) -> User | None:
        """Count an attempt and return the user. Raises `TooManyAttemptsError`."""
        async with self._database.writing() as session:
            wait = await AttemptService(session).count(email)
        if wait:
            raise TooManyAttemptsError(wait)
        named = select(User).where(User.email == email.lower(), col(User.active))
        async with self._database.reading(current=True) as session:
            return (await session.exec(named)).one_or_none()
