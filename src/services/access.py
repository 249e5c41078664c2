"""Logins, tokens and passwords.

Each step has its own short transaction: the count of attempts has to survive a refused login, and
no connection is held while a password is hashed.
"""

from datetime import timedelta
from uuid import UUID

from pydantic import Secret
from sqlmodel import col, select

from src.core.database import Database
from src.core.errors import (
    ConflictError,
    ForbiddenError,
    TooManyAttemptsError,
    UnauthenticatedError,
)
from src.models.base import utc_now
from src.models.token import Scope
from src.models.user import User
from src.schemas.access import Login, LoginForm, PasswordChange, PasswordSet
from src.schemas.token import TokenCreate
from src.services.accounts import WRONG, AccountService
from src.services.attempts import AttemptService
from src.services.callers import Caller
from src.services.passwords import check_password, hash_password, place
from src.services.token import TokenService
from src.services.user import UserService

SESSION = timedelta(hours=12)
SCOPES: frozenset[Scope] = frozenset({"read", "write", "admin"})


class AccessService:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def log_in(self, form: LoginForm, address: str) -> Login:
        """Open a session. Raises `UnauthenticatedError` for an unknown user and for a wrong
        password alike, and `ForbiddenError` for a scope that the user may not have.
        """
        user, newer_hash = await self._proven(form.username, form.password, address)
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
        """End the session of the request. Raises `ConflictError` for a key of a program."""
        if not caller.has_logged_in:
            msg = "This token is no session. To end a key, revoke it: /tokens/{id}/revocation."
            raise ConflictError(msg)
        if caller.token_id is not None:
            async with self._database.writing() as session:
                await TokenService(session, caller.user_id).revoke(caller.token_id)

    async def change_password(self, caller: Caller, data: PasswordChange) -> None:
        """Set a new password. Raises `ForbiddenError` if the current one is wrong."""
        async with self._database.reading(current=True) as session:
            user = await UserService(session).get(caller.user_id)
        try:
            await self._proven(user.email, data.current, str(user.id))
        except UnauthenticatedError:
            msg = "The current password is wrong."
            raise ForbiddenError(msg) from None
        await self.set_password(caller.user_id, data)

    async def set_password(self, user_id: UUID, data: PasswordSet) -> None:
        async with place():
            password_hash = await hash_password(data.password.get_secret_value())
        async with self._database.writing() as session:
            await AccountService(session).set_password(user_id, password_hash)

    async def _proven(
        self, email: str, password: Secret[str], source: str
    ) -> tuple[User, str | None]:
        """Return the active user with this password, and a new hash if the stored one is weak.

        Raises `UnauthenticatedError`, or `TooManyAttemptsError`.
        """
        async with place():  # first: a refused login costs the database nothing
            user = await self._candidate(email, source)
            known = user.password_hash if user else None
            is_right, newer_hash = await check_password(password.get_secret_value(), known)
        if user is None or not is_right:
            raise UnauthenticatedError(WRONG)
        return user, newer_hash

    async def _candidate(self, email: str, source: str) -> User | None:
        """Count an attempt and return the user. Raises `TooManyAttemptsError`."""
        async with self._database.writing() as session:
            wait = await AttemptService(session).count(email, source)
        if wait:
            raise TooManyAttemptsError(wait)
        named = select(User).where(User.email == email.lower(), col(User.active))
        async with self._database.reading(current=True) as session:
            return (await session.exec(named)).one_or_none()
