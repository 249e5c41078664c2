"""The mechanics of create, read, update and delete, once for all features."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from pydantic import MISSING
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import NotFoundError, PreconditionFailedError
from src.core.failures import translated
from src.core.statements import Statement
from src.models.base import Entity, utc_now
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import Page, PageQuery
from src.services.keyset import keyset
from src.services.statements import statements

type Versions = frozenset[int]


class CrudService[Row: Entity, Create: Payload, Update: Payload, Response: EntityResponse]:
    """What can be done to the rows of one table. It flushes and never commits: whoever opened the
    session ends the transaction.

    A feature whose rule differs overrides the method, or adds one.
    """

    model: type[Row]
    response: type[Response]

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._own: dict[str, UUID] = {}
        self._statements = statements(self.model, tuple(self.response.model_fields))

    async def find(self, query: PageQuery) -> Page[Response]:
        order, continued = keyset(self.model, query.sort), query.cursor is not MISSING
        filters = query.filters()
        values = order.read(query.cursor) if query.cursor is not MISSING else {}
        # One more than is shown tells whether there is a next page.
        values |= {"_limit": query.limit + 1, "_skip": query.skip, **self._own}
        page = self._statements.page(query.sort, continued, frozenset(filters))
        rows = await page.rows(self._session, **filters, **values)
        items = [self._response(row) for row in rows[: query.limit]]
        return Page(
            items=items,
            next_cursor=order.cursor(items[-1]) if len(rows) > query.limit else None,
            total=await self._count(filters) if query.total else None,
        )

    async def get(self, entity_id: UUID) -> Response:
        rows = await self._statements.get.rows(self._session, _id=entity_id, **self._own)
        if not rows:
            raise self._not_found()
        return self._response(rows[0])

    async def load(self, entity_id: UUID, if_match: Versions | None = None) -> Row:
        """The row itself, to be changed and given to `save`, for a change that has rules.

        Raises `PreconditionFailedError` if the row has none of the versions, when some are given.
        """
        one = select(self.model).where(*self._statements.one())
        row = (await self._session.exec(one, params={"_id": entity_id, **self._own})).one_or_none()
        if row is None:
            raise self._not_found()
        if if_match is not None and row.version not in if_match:
            raise PreconditionFailedError
        return row

    async def save(self, row: Row) -> Response:
        """Raises `ConflictError` if someone else has changed the row since it was loaded."""
        self._session.add(row)
        with translated(self._statements.table):
            await self._session.flush()
        return self._response([getattr(row, name) for name in self._statements.shown])

    async def create(self, data: Create) -> Response:
        return await self._insert(data.model_dump())

    async def update(
        self, entity_id: UUID, changes: Update, if_match: Versions | None = None
    ) -> Response:
        values = changes.model_dump()
        if not values:
            return await self._current(entity_id, if_match)
        statement = self._statements.update(frozenset(values), if_match is not None)
        row = await self._changed(statement, entity_id, if_match, **values, _now=utc_now())
        return self._response(row)

    async def delete(self, entity_id: UUID, if_match: Versions | None = None) -> None:
        await self._changed(self._statements.delete(if_match is not None), entity_id, if_match)

    async def _insert(self, values: dict[str, Any]) -> Response:
        """Write a validated row; what is not given has its default."""
        defaults = {
            name: field.default_factory() if field.default_factory else field.default  # type: ignore[call-arg]  # ours take nothing
            for name, field in self.model.model_fields.items()
            if name not in values
        }
        values = defaults | values | self._own
        with translated(self._statements.table):
            rows = await self._statements.insert.rows(self._session, **values)
        return self._response(rows[0])

    async def _changed(
        self, statement: Statement, entity_id: UUID, if_match: Versions | None, /, **values: object
    ) -> Sequence[Any]:
        """The row that an UPDATE or DELETE returns."""
        if if_match is not None:
            if len(if_match) > 1:
                if_match = frozenset({(await self._current(entity_id, if_match)).version})
            values["_version"] = next(iter(if_match), None)
        with translated(self._statements.table):
            rows = await statement.rows(self._session, _id=entity_id, **values, **self._own)
        if rows:
            return rows[0]
        await self.get(entity_id)  # or there is no such row
        raise PreconditionFailedError

    async def _current(self, entity_id: UUID, if_match: Versions | None) -> Response:
        current = await self.get(entity_id)
        if if_match is not None and current.version not in if_match:
            raise PreconditionFailedError
        return current

    async def _count(self, filters: dict[str, Any]) -> int:
        statement = self._statements.count(frozenset(filters))
        count: int = (await statement.rows(self._session, **filters, **self._own))[0][0]
        return count

    def _response(self, row: Sequence[Any]) -> Response:
        # Rows were validated when they were written. To validate them again would hide those
        # older than a rule that has become stricter. A copy takes half the time of model_construct.
        values = dict(zip(self._statements.shown, row, strict=True))
        empty: Response = _empty(self.response)
        return empty.model_copy(update=values)

    def _not_found(self) -> NotFoundError:
        words = re.sub(r"(?<!^)(?=[A-Z])", " ", self.model.__name__).lower()
        return NotFoundError(f"There is no such {words}.")


@cache
def _empty[Response: EntityResponse](response: type[Response]) -> Response:
    return response.model_construct()
