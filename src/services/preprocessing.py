"""Files that are made from other files."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import NotFoundError
from src.core.queries import Query
from src.files.digests import Digest
from src.models.file_origin import FileOrigin
from src.models.stored_file import NAME_BYTES
from src.schemas.job import JobResponse
from src.schemas.preprocessing_job import (
    PREPROCESS,
    FileOriginResponse,
    PreparedPart,
    PreprocessingCreate,
    PreprocessResult,
    PreprocessTask,
)
from src.schemas.stored_file import StoredFileCreate
from src.services.job_queue import enqueue
from src.services.stored_file import StoredFileService

PARQUET = "application/vnd.apache.parquet"
NO_ORIGIN = "The file was uploaded, and not made from another one."

_ORIGIN = Query(
    select(*(col(getattr(FileOrigin, name)) for name in FileOriginResponse.model_fields)).where(
        col(FileOrigin.file_id) == bindparam("of_file")
    )
)


class Made(NamedTuple):
    """A new content that is stored."""

    part: PreparedPart
    digest: Digest


class PreprocessingService:
    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id
        self._files = StoredFileService(session, owner_id)

    async def start(self, file_id: UUID, data: PreprocessingCreate) -> JobResponse:
        await self._files.stored(file_id)
        task = PreprocessTask(file_id=file_id, steps=data.steps)
        return await enqueue(self._session, PREPROCESS, task, self._owner_id)

    async def origin(self, file_id: UUID) -> FileOriginResponse:
        await self._files.get(file_id)
        rows = await _ORIGIN.rows(self._session, of_file=file_id)
        if not rows:
            raise NotFoundError(NO_ORIGIN)
        values = dict(zip(FileOriginResponse.model_fields, rows[0], strict=True))
        return FileOriginResponse.model_construct(**values)

    async def keep(self, task: PreprocessTask, made: list[Made], quota: int) -> PreprocessResult:
        """Insert the new files with their origin. Raises `NotFoundError` without their source."""
        source = await self._files.load(task.file_id)
        assert source.sha256 is not None  # noqa: S101  # `start` has looked
        steps = [each.model_dump(mode="json") for each in task.steps]
        ids = []
        for part, digest in made:
            new = StoredFileCreate(name=_name(source.name, part), media_type=PARQUET)
            size = {"rows": part.rows, "columns": part.columns}
            file = await self._files.create_stored(new, digest, quota, **size)
            origin = FileOrigin(
                file_id=file.id,
                derived_from=source.id,
                sha256=source.sha256,
                steps=steps,
                part=part.part,
            )
            self._session.add(origin)
            ids.append(file.id)
        return PreprocessResult(file_ids=ids)


def _name(source: str, part: PreparedPart) -> str:
    """Return the source's name, with what is new before its ending."""
    stem, ending = source.rpartition(".")[0] or source, f" ({part.part or 'prepared'}).parquet"
    most = NAME_BYTES - len(ending)
    return stem.encode()[:most].decode(errors="ignore") + ending
