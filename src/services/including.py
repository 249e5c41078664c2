"""Services whose answers include rows that a row refers to, or is linked with."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import MISSING

from src.models.base import Entity
from src.schemas.base import EntityResponse, Payload
from src.schemas.including import Include, Including, IncludingQuery
from src.schemas.page import Page
from src.services.base import CrudService
from src.services.included import with_included
from src.services.links import LinkService


class IncludingService[
    Table: Entity,
    Create: Payload,
    Update: Payload,
    Response: EntityResponse,
    Shown: Including,
](CrudService[Table, Create, Update, Response]):
    """Shows rows together with others, if a client asks for them."""

    including: type[Shown]

    async def find_including(self, query: IncludingQuery[Any]) -> Page[Shown]:
        page = await self.find(query)
        items = await self._including(page.items, query)
        return Page(items=items, next_cursor=page.next_cursor, total=page.total)

    async def get_including(self, entity_id: UUID, query: Include[Any]) -> Shown:
        (row,) = await self._including([await self.get(entity_id)], query)
        return row

    async def _including(self, rows: Sequence[Response], query: Include[Any]) -> list[Shown]:
        return await with_included(
            self._session, self.model, self.including, rows, _names(query), self._scope
        )


class IncludingLinkService[Response: EntityResponse, Shown: Including](LinkService[Response]):
    """Links rows with those of a table whose answers include others."""

    including: type[Shown]

    async def find_including(self, source_id: UUID, query: IncludingQuery[Any]) -> Page[Shown]:
        page = await self.find(source_id, query)
        scope = {f"_{name}": value for name, value in self._scope.items()}
        items = await with_included(
            self._session, self.target, self.including, page.items, _names(query), scope
        )
        return Page(items=items, next_cursor=page.next_cursor, total=page.total)


def _names(query: Include[Any]) -> Sequence[str]:
    return () if query.include is MISSING else query.include
