from uuid import UUID

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import ConflictError, ForbiddenError
from src.models.token import Token
from src.models.user import User
from src.schemas.user import UserCreate, UserResponse, UserUpdate
from src.services.base import CrudService, Versions
from src.services.callers import announce_change

type Kept = frozenset[UUID]


class UserService(CrudService[User, UserCreate, UserUpdate, UserResponse]):
    model = User
    response = UserResponse

    def __init__(self, session: AsyncSession, kept: Kept = frozenset()) -> None:
        """Let the users in ``kept`` remain active administrators."""
        super().__init__(session)
        self._kept = kept

    async def update(
        self, entity_id: UUID, changes: UserUpdate, if_match: Versions | None = None
    ) -> UserResponse:
        """Change a user. Raises `ConflictError` if one who is kept would lose any right."""
        if changes.active is False or changes.admin is False:
            await self._keep(entity_id)
        announce_change(self._session, entity_id)
        return await super().update(entity_id, changes, if_match)

    async def delete(self, entity_id: UUID, if_match: Versions | None = None) -> None:
        """Delete a user and their tokens. Raises `ConflictError` while they own anything else."""
        await self._keep(entity_id)
        announce_change(self._session, entity_id)
        await self._session.exec(delete(Token).where(col(Token.owner_id) == entity_id))
        await super().delete(entity_id, if_match)

    async def _keep(self, user_id: UUID) -> None:
        """Lock all administrators: if two take each other's rights, the second fails."""
        if user_id in self._kept:
            msg = "Nobody can take their own rights: another administrator has to do that."
            raise ConflictError(msg)
        administrators = (
            select(User.id).where(col(User.active), col(User.admin)).order_by(col(User.id))
        )
        held = await self._session.exec(administrators.with_for_update(key_share=True))
        if not self._kept.issubset(held):
            msg = "Another administrator has just taken your rights."
            raise ForbiddenError(msg)
