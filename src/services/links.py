"""Links between rows, written once for all features."""

from functools import cache
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import MissingReferenceError, NotFoundError
from src.core.queries import Query
from src.core.upsert import upsert
from src.models.base import Entity, table_of, utc_now
from src.models.link import Link
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import Page, PageQuery
from src.services.base import CrudService
from src.services.link_tables import keys_of
from src.services.references import no_such, referring


class LinkService[Response: EntityResponse]:
    """Links rows of one table with rows of another, each pair once. Neither row changes by it."""

    link: type[Link]
    source: type[Entity]
    target: type[Entity]
    response: type[Response]
    """What shows a row of the target."""

    def __init__(self, session: AsyncSession, **scope: UUID) -> None:
        """Limit the service to links and rows whose columns have these values."""
        self._session = session
        self._scope = scope

    async def find(self, source_id: UUID, query: PageQuery) -> Page[Response]:
        """Return a page of the rows that this one is linked with."""
        linked = self._scope | {table_of(self.link).name: source_id}
        page = await _Rows(self.target, self.response, self._session, linked).find(query)
        if not page.items:
            await _Rows(self.source, EntityResponse, self._session, self._scope).get(source_id)
        return page

    async def add(self, source_id: UUID, target_id: UUID) -> None:
        """Link the rows, which may be linked already. Raises `NotFoundError` if one is missing."""
        values = {**self._key(source_id, target_id), "created_at": utc_now()}
        try:
            async with referring(self._session, self.link, values):
                await _queries_of(self.link).add.rows(self._session, **values)
        except MissingReferenceError as error:
            raise NotFoundError(str(error)) from error

    async def remove(self, source_id: UUID, target_id: UUID) -> None:
        key = self._key(source_id, target_id)
        if not await _queries_of(self.link).remove.rows(self._session, **key):
            raise NotFoundError(no_such(self.link))

    def _key(self, source_id: UUID, target_id: UUID) -> dict[str, UUID]:
        source, target = keys_of(table_of(self.link))
        return {source.name: source_id, target.name: target_id, **self._scope}


class _Rows[Response: EntityResponse](CrudService[Entity, Payload, Payload, Response]):
    """The rows of a table, chosen when it is asked."""

    def __init__(
        self,
        model: type[Entity],
        response: type[Response],
        session: AsyncSession,
        scope: dict[str, UUID],
    ) -> None:
        self.model, self.response = model, response
        super().__init__(session, **scope)


class _Queries:
    def __init__(self, link: type[Link]) -> None:
        table = table_of(link)
        key = [*table.primary_key.columns]
        row: dict[str, BindParameter[object]] = {
            column.name: bindparam(column.name) for column in table.columns
        }
        self.add = Query(upsert(table).values(row).on_conflict_do_nothing().returning(*key))
        is_it = [column == bindparam(column.name) for column in key]
        self.remove = Query(delete(table).where(*is_it).returning(*key))


@cache
def _queries_of(link: type[Link]) -> _Queries:
    return _Queries(link)
