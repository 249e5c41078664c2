"""The mechanics of create, read, update and delete, once for all features."""

from typing import Any
from uuid import UUID

from pydantic import MISSING
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import NotFoundError, PreconditionFailedError
from src.core.failures import translated
from src.models.base import Entity
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import Page, PageQuery
from src.services.keyset import keyset

type Versions = frozenset[int]


class CrudService[
    Row: Entity,
    Create: Payload,
    Update: Payload,
    Response: EntityResponse,
]:
    """What can be done to the rows of one table. It flushes and never commits: whoever opened the
    session ends the transaction.

    A feature whose rule differs overrides the method, or adds one.
    """

    model: type[Row]
    response: type[Response]

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, query: PageQuery) -> Page[Response]:
        order = keyset(self.model, query.sort)
        statement = select(*self._shown()).order_by(*order.order_by())
        if query.cursor is not MISSING:
            statement = statement.where(order.after(query.cursor))
        # One more than is shown tells whether there is a next page.
        rows = await self._session.exec(statement.offset(query.skip).limit(query.limit + 1))
        items = [self._response(row) for row in rows]
        more = len(items) > query.limit
        return Page(
            items=items[: query.limit],
            next_cursor=order.cursor(items[query.limit - 1]) if more else None,
            total=await self._count() if query.total else None,
        )

    async def get(self, entity_id: UUID) -> Response:
        statement = select(*self._shown()).where(col(self.model.id) == entity_id)
        row = (await self._session.exec(statement)).one_or_none()
        if row is None:
            raise self._not_found()
        return self._response(row)

    async def load(self, entity_id: UUID, if_match: Versions | None = None) -> Row:
        """The row itself, to be changed. What is only shown comes from `get` and `find`.

        Raises `PreconditionFailedError` if the row has none of the versions, when some are given.
        """
        row = await self._session.get(self.model, entity_id)
        if row is None:
            raise self._not_found()
        if if_match is not None and row.version not in if_match:
            raise _stale()
        return row

    async def create(self, data: Create) -> Response:
        row = self.model.model_validate(data)
        self._session.add(row)
        await self._flush()
        return self._response(row)

    async def update(
        self, entity_id: UUID, changes: Update, if_match: Versions | None = None
    ) -> Response:
        row = await self.load(entity_id, if_match)
        row.sqlmodel_update(changes.model_dump())
        await self._flush(if_match)
        return self._response(row)

    async def delete(self, entity_id: UUID, if_match: Versions | None = None) -> None:
        await self._session.delete(await self.load(entity_id, if_match))
        await self._flush(if_match)

    async def _flush(self, if_match: Versions | None = None) -> None:
        """Write the change, unless someone else has changed the row since it was loaded."""
        with translated(self.model.metadata.tables[str(self.model.__tablename__)]):
            try:
                await self._session.flush()
            except StaleDataError as error:
                if if_match is None:
                    raise
                raise _stale() from error

    async def _count(self) -> int:
        return (await self._session.exec(select(func.count()).select_from(self.model))).one()

    def _shown(self) -> list[Any]:
        """The columns of the response: what a client does not see is not read either."""
        return [getattr(self.model, name) for name in self.response.model_fields]

    def _response(self, row: object) -> Response:
        # Rows were validated when they were written. To validate them again would hide those
        # older than a rule that has become stricter.
        values = {name: getattr(row, name) for name in self.response.model_fields}
        return self.response.model_construct(**values)

    def _not_found(self) -> NotFoundError:
        return NotFoundError(f"There is no such {self.model.__name__.lower()}.")


def _stale() -> PreconditionFailedError:
    return PreconditionFailedError("This is not the current version: read it again, then repeat.")
