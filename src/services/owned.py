from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from src.models.owned import Owned
from src.schemas.base import EntityResponse, Payload
from src.services.base import CrudService
from src.services.links import LinkService


class OwnedService[Row: Owned, Create: Payload, Update: Payload, Response: EntityResponse](
    CrudService[Row, Create, Update, Response]
):
    """Reads and writes the rows of one owner; does not find another user's."""

    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        super().__init__(session, owner_id=owner_id)
        self._owner_id = owner_id


class OwnedLinkService[Response: EntityResponse](LinkService[Response]):
    """Links the rows of one owner; does not find another user's."""

    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        super().__init__(session, owner_id=owner_id)
