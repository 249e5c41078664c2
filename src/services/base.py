"""Create, read, update and delete, written once for all features."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from uuid import UUID

from pydantic import MISSING
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import NotFoundError, PreconditionFailedError
from src.core.queries import Query, Row
from src.models.base import Entity, utc_now
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import Page, PageQuery
from src.services.filters import bound
from src.services.keyset import keyset
from src.services.queries import queries_of
from src.services.references import no_such, referring

type Versions = frozenset[int]


class CrudService[Table: Entity, Create: Payload, Update: Payload, Response: EntityResponse]:
    """Reads and writes the rows of one table. It flushes; the session's owner commits.

    A feature with rules of its own overrides a method, or adds one.
    """

    model: type[Table]
    response: type[Response]

    def __init__(self, session: AsyncSession, **scope: UUID) -> None:
        """Limit the service to rows whose columns have the values of ``scope``."""
        self._session = session
        self._scope = {f"_{name}": value for name, value in scope.items()}
        self._queries = queries_of(self.model, tuple(self.response.model_fields), tuple(scope))

    async def find(self, query: PageQuery) -> Page[Response]:
        order, filters = keyset(self.model, query.sort), query.filters()
        after = order.read(query.cursor) if query.cursor is not MISSING else {}
        page = self._queries.page(query.sort, frozenset(after), frozenset(filters))
        # One row more than is shown tells whether there is a next page.
        ends = {"_limit": query.limit + 1, "_skip": query.skip}
        rows = await page.rows(self._session, **bound(filters), **after, **ends, **self._scope)
        items = [self._response(row) for row in rows[: query.limit]]
        following = order.cursor(items[-1]) if len(rows) > query.limit else None
        total = await self._count(filters) if query.total else None
        return Page(items=items, next_cursor=following, total=total)

    async def get(self, entity_id: UUID) -> Response:
        rows = await self._queries.get.rows(self._session, _id=entity_id, **self._scope)
        if not rows:
            raise self._not_found()
        return self._response(rows[0])

    async def load(self, entity_id: UUID, if_match: Versions | None = None) -> Table:
        """Return the row as an object, for a change that has rules: change it, then call `save`.

        No other transaction changes the row until this one ends. Raises `PreconditionFailedError` if
        versions are given and the row has none of them.
        """
        one = select(self.model).where(*self._queries.one()).with_for_update(key_share=True)
        current = one.execution_options(populate_existing=True)
        found = await self._session.exec(current, params={"_id": entity_id, **self._scope})
        row = found.one_or_none()
        if row is None:
            raise self._not_found()
        if if_match is not None and row.version not in if_match:
            raise PreconditionFailedError
        return row

    async def save(self, row: Table) -> Response:
        """Write a loaded row. Raises `ConflictError` if it has changed since it was loaded."""
        self._session.add(row)
        async with referring(self._session, self.model, row.model_dump()):
            await self._session.flush()
        return self._response([getattr(row, name) for name in self._queries.columns])

    async def create(self, data: Create) -> Response:
        return await self._insert(data.model_dump())

    async def update(
        self, entity_id: UUID, changes: Update, if_match: Versions | None = None
    ) -> Response:
        values = changes.model_dump()
        if not values:
            return await self._current(entity_id, if_match)
        query = self._queries.update(frozenset(values), if_match is not None)
        row = await self._changed(query, entity_id, if_match, **values, _now=utc_now())
        return self._response(row)

    async def delete(self, entity_id: UUID, if_match: Versions | None = None) -> None:
        await self._changed(self._queries.delete(if_match is not None), entity_id, if_match)

    async def _insert(self, values: Mapping[str, object], now: datetime | None = None) -> Response:
        """Insert a validated row, with defaults for absent values, and one time for all columns."""
        values = dict.fromkeys(("created_at", "updated_at"), now or utc_now()) | {**values}
        defaults = {
            name: field.get_default(call_default_factory=True)
            for name, field in self.model.model_fields.items()
            if name not in values
        }
        row = {**defaults, **values, **self._scope}
        async with referring(self._session, self.model, row):
            rows = await self._queries.insert.rows(self._session, **row)
        return self._response(rows[0])

    async def _changed(
        self, query: Query, entity_id: UUID, if_match: Versions | None, /, **values: object
    ) -> Row:
        """Run an UPDATE or DELETE of one row and return what it returns."""
        if if_match is not None:
            if len(if_match) > 1:
                if_match = frozenset({(await self._current(entity_id, if_match)).version})
            values["_version"] = next(iter(if_match), None)
        values |= {"_id": entity_id, **self._scope}
        async with referring(self._session, self.model, values):
            rows = await query.rows(self._session, **values)
        if rows:
            return rows[0]
        await self.get(entity_id)  # raises unless the row has another version
        raise PreconditionFailedError

    async def _current(self, entity_id: UUID, if_match: Versions | None) -> Response:
        current = await self.get(entity_id)
        if if_match is not None and current.version not in if_match:
            raise PreconditionFailedError
        return current

    async def _count(self, filters: Mapping[str, object]) -> int:
        query = self._queries.count(frozenset(filters))
        return int((await query.rows(self._session, **bound(filters), **self._scope))[0][0])

    def _response(self, row: Row) -> Response:
        # Rows were validated when they were written. Validating them again would refuse rows that
        # are older than a stricter rule. A copy takes half the time of `model_construct`.
        values = dict(zip(self._queries.columns, row, strict=True))
        empty: Response = _empty(self.response)
        return empty.model_copy(update=values)

    def _not_found(self) -> NotFoundError:
        return NotFoundError(no_such(self.model))


@cache
def _empty[Response: EntityResponse](response: type[Response]) -> Response:
    """Return an instance whose fields are set in the order of the class, the order in JSON."""
    return response.model_construct(**dict.fromkeys(response.model_fields))
