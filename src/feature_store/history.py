"""Writes the history of entities to files, for a join outside of the database."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import batched
from pathlib import Path
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import ConflictError
from src.core.queries import Row
from src.schemas.version_features import ViewColumns
from src.services.feature_history import FeatureHistory

ROWS = 10_000_000
"""Most rows of a view that are written."""
ENTITIES = 1_000
"""Entities that are asked for at once."""
TOO_MANY = f"The entities have more than {ROWS} rows in a view."


async def write_history(
    session: AsyncSession,
    owner_id: UUID,
    views: Sequence[ViewColumns],
    entities: Sequence[str],
    folder: Path,
) -> list[Path]:
    """Write a file of JSON lines for each view. Raises `ConflictError` for too many rows."""
    paths = []
    for number, view in enumerate(views):
        paths.append(path := folder / f"history-{number}.jsonl")
        await asyncio.to_thread(path.touch)
        count = 0
        for some in batched(entities, ENTITIES, strict=False):
            pages = FeatureHistory(session, owner_id).pages(view.feature_view_id, some)
            async for rows in pages:
                count += len(rows)
                if count > ROWS:
                    raise ConflictError(TOO_MANY)
                await asyncio.to_thread(_append, path, rows)
    return paths


def _append(path: Path, rows: Iterable[Row]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.writelines(
            f'{{"entity":{json.dumps(entity)},"event_at":"{_written(time)}","values":{values}}}\n'
            for entity, time, values in rows
        )


def _written(time: datetime) -> str:
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
