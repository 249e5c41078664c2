"""How far a consumer has read a source. Each move of a position says from where."""

from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.queries import Query
from src.core.upsert import upsert
from src.models.base import utc_now
from src.models.stream_position import StreamPosition

_SCOPE = tuple(
    col(getattr(StreamPosition, name)) == bindparam(f"_{name}")
    for name in ("owner_id", "consumer", "source")
)
_PARTITION = col(StreamPosition.partition)
_ASK = Query(select(_PARTITION, col(StreamPosition.position)).where(*_SCOPE))
_BEGIN = Query(
    upsert(StreamPosition)
    .values(
        {
            name: bindparam(f"_{name}" if name in {"owner_id", "consumer", "source"} else name)
            for name in StreamPosition.model_fields
        }
    )
    .on_conflict_do_nothing()
    .returning(_PARTITION)
)
_MOVE = Query(
    update(StreamPosition)
    .where(*_SCOPE, _PARTITION == bindparam("_partition"))
    .where(col(StreamPosition.position) == bindparam("before"))
    .values(position=bindparam("position"), moved_at=bindparam("moved_at"))
    .returning(_PARTITION)
)


class PositionService:
    def __init__(self, session: AsyncSession, owner_id: UUID, consumer: str, source: str) -> None:
        self._session = session
        self._scope = {"_owner_id": owner_id, "_consumer": consumer, "_source": source}

    async def ask(self) -> dict[str, str]:
        """Return the positions by partition."""
        return dict(await _ASK.rows(self._session, **self._scope))

    async def move(self, partition: str, before: str | None, position: str) -> bool:
        """Move a position on, from one that nobody else has moved since; tell whether it did."""
        values = self._scope | {"position": position, "moved_at": utc_now()}
        if before is None:
            rows = await _BEGIN.rows(self._session, partition=partition, **values)
        else:
            rows = await _MOVE.rows(self._session, _partition=partition, before=before, **values)
        return len(rows) > 0
