from uuid import UUID

from sqlmodel import col, delete

from src.models.token import Token
from src.models.user import User
from src.schemas.user import UserCreate, UserResponse, UserUpdate
from src.services.base import CrudService, Versions


class UserService(CrudService[User, UserCreate, UserUpdate, UserResponse]):
    model = User
    response = UserResponse

    async def delete(self, entity_id: UUID, if_match: Versions | None = None) -> None:
        """Delete a user and their tokens. Raises `ConflictError` while they own anything else."""
        await self._session.exec(delete(Token).where(col(Token.owner_id) == entity_id))
        await super().delete(entity_id, if_match)
