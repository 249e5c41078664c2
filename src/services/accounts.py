from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, bindparam, or_
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import UnauthenticatedError
from src.core.queries import Query
from src.core.upsert import upsert
from src.models.base import utc_now
from src.models.token import Token
from src.models.user import User
from src.schemas.user import UserCreate
from src.services.attempts import AttemptService
from src.services.callers import announce_change
from src.services.purging import SOME, Purge
from src.services.user import UserService

KEPT = timedelta(days=30)
"""Age of an ended token at which it may be deleted."""
WRONG = "The e-mail address or the password is wrong."

_ADD = Query(
    upsert(User)
    .values({name: bindparam(name) for name in User.model_fields})
    .on_conflict_do_nothing()
    .returning(col(User.id))
)
_CONFIRM = Query(
    update(User)
    .where(
        col(User.id) == bindparam("user_id"),
        col(User.password_hash) == bindparam("checked_hash"),
    )
    # Bookkeeping: keep `updated_at`.
    .values(password_hash=bindparam("kept_hash"), updated_at=col(User.updated_at))
    .returning(col(User.id))
)
_HAS_ENDED = or_(
    col(Token.revoked_at) < bindparam("before"), col(Token.expires_at) < bindparam("before")
)
_ENDED = Purge(col(Token.id), _HAS_ENDED)
# By the index of owners: the whole table would take too long for a login.
_ENDED_OF_USER = Purge(col(Token.id), and_(col(Token.owner_id) == bindparam("user"), _HAS_ENDED))


class AccountService:
    """Changes to an account that involve its password."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, user: User) -> bool:
        """Insert the user unless the id or e-mail exists; return whether it was inserted."""
        values = user.model_dump() | {"updated_at": user.created_at}
        return bool(await _ADD.rows(self._session, **values))

    async def confirm(self, user: User, newer_hash: str | None) -> None:
        """Raise `UnauthenticatedError` if the password has changed since it was checked.

        Locks the user: a concurrent change of password waits, and then ends the new session.
        """
        hashes = {"checked_hash": user.password_hash, "kept_hash": newer_hash or user.password_hash}
        if not await _CONFIRM.rows(self._session, user_id=user.id, **hashes):
            raise UnauthenticatedError(WRONG)
        await AttemptService(self._session).forget(user.email)
        await _ENDED_OF_USER.batch(self._session, SOME, user=user.id, before=utc_now() - KEPT)

    async def set_password(self, user_id: UUID, password_hash: str) -> None:
        """Set the password and end all sessions of the user."""
        user = await UserService(self._session).load(user_id)
        user.password_hash = password_hash
        await self._session.flush()  # locks the user before the sessions are read
        theirs = (col(Token.owner_id) == user_id, col(Token.kind) == "session")
        ending = {"revoked_at": utc_now(), "version": col(Token.version) + 1}
        await self._session.exec(
            update(Token).where(col(Token.revoked_at).is_(None), *theirs).values(ending)
        )
        announce_change(self._session, user_id)
        await AttemptService(self._session).forget(user.email)

    async def make_admin(self, data: UserCreate, password_hash: str) -> bool:
        """Make the user with this e-mail an administrator, creating them if needed.

        Return whether they were created.
        """
        is_new = await self.add(User.model_validate(data))
        user = (await self._session.exec(select(User).where(User.email == data.email))).one()
        user.active = user.admin = True
        await self.set_password(user.id, password_hash)
        return is_new

    async def purge_tokens(self, older_than: timedelta = KEPT) -> int:
        """Delete a batch of tokens that ended longer ago and return their number."""
        return await _ENDED.batch(self._session, before=utc_now() - older_than)
