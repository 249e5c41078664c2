"""A sink for the rows of any feature."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Insert, or_
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.upsert import upsert
from src.models.base import Entity, table_of, utc_now
from src.models.owned import Owned
from src.schemas.base import Payload
from src.services.references import referring


class RowSink[Given: Payload]:
    """Takes what the feature's POST takes. A row with the key of an earlier one replaces its values,
    but for those to be kept.

    Rules that the feature's service has besides those of its schemas and its table do not apply.
    """

    def __init__(
        self,
        model: type[Entity],
        given: type[Given],
        key: tuple[str, ...] = (),
        keep: tuple[str, ...] = (),
    ) -> None:
        self._model, self._given, self._key, self._keep = model, given, key, keep
        self._is_owned = issubclass(model, Owned)
        self._statement = self._upsert()

    def read(self, body: bytes) -> Given:
        return self._given.model_validate_json(body)

    async def write(
        self, session: AsyncSession, owner_id: UUID, rows: Sequence[Given]
    ) -> Mapping[int, str]:
        now = utc_now()
        # Sorted, so that two batches with rows in common cannot deadlock.
        values = sorted((self._values(each, owner_id, now) for each in rows), key=self._place)
        if values:
            async with referring(session, self._model, values[0]):
                await session.exec(self._statement, params=values)
        return {}

    def _values(self, row: Given, owner_id: UUID, now: datetime) -> dict[str, object]:
        defaults = {
            name: field.get_default(call_default_factory=True)
            for name, field in self._model.model_fields.items()
        }
        times = {"created_at": now, "updated_at": now}
        owner = {"owner_id": owner_id} if self._is_owned else {}
        return defaults | times | row.model_dump() | owner

    def _place(self, values: Mapping[str, object]) -> list[str]:
        return [str(values[name]) for name in self._key]

    def _upsert(self) -> Insert:
        table, new = table_of(self._model), upsert(table_of(self._model))
        if not self._key:
            return new
        key = ["owner_id", *self._key] if self._is_owned else [*self._key]
        changed = {
            name: new.excluded[name]
            for name in self._given.model_fields
            if name not in {*self._key, *self._keep}
        }
        if not changed:
            return new.on_conflict_do_nothing(index_elements=key)
        return new.on_conflict_do_update(
            index_elements=key,
            set_={
                **changed,
                "version": table.c.version + 1,
                "updated_at": new.excluded.updated_at,
            },
            where=or_(*(table.c[name].is_distinct_from(each) for name, each in changed.items())),
        )
