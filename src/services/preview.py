"""Previews of files. A job computes each of them, once for all files of an owner with its content."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.database import Database
from src.core.ids import uuid7
from src.core.queries import Query
from src.core.upsert import upsert
from src.models.base import utc_now
from src.models.preview import Preview
from src.schemas.job import JobResponse, Json, Kind
from src.schemas.preview import PreviewOptions, PreviewRequest, PreviewResponse
from src.services.job_queue import enqueue, enqueued
from src.services.stored_file import Stored, StoredFileService

PREVIEW = Kind("preview", PreviewRequest, timeout=timedelta(minutes=10), packages=("duckdb",))

_values: dict[str, BindParameter[object]] = {name: bindparam(name) for name in Preview.model_fields}
_KNOWN = Query(
    select(col(Preview.content)).where(
        *(col(getattr(Preview, each)) == bindparam(each) for each in ("owner_id", "md5", "options"))
    )
)
_KEEP = Query(upsert(Preview).values(_values).on_conflict_do_nothing().returning(col(Preview.id)))


class Previews:
    """The previews that one owner can see."""

    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id
        self._files = StoredFileService(session, owner_id)

    async def source(self, file_id: UUID) -> Stored:
        """Return the file. Raises `NotFoundError`, also if it has no content."""
        return await self._files.stored(file_id)

    async def known(self, md5: str, options: PreviewOptions) -> Json | None:
        """Return what is known about a content, read in this way."""
        values = {"owner_id": self._owner_id, "md5": md5, "options": options.key}
        rows = await _KNOWN.rows(self._session, **values)
        return rows[0][0] if rows else None

    async def keep(self, file_id: UUID, options: PreviewOptions, content: Json) -> None:
        """Write what is known, also into the row of the file. Raises `NotFoundError`."""
        file = await self._files.load(file_id)
        names = {"owner_id": self._owner_id, "md5": file.md5, "options": options.key}
        values = {"id": uuid7(), "content": content, "created_at": utc_now()}
        await _KEEP.rows(self._session, **names, **values)
        file.rows, file.columns = content["row_count"], content["column_count"]
        await self._files.save(file)


class PreviewService:
    def __init__(self, database: Database, owner_id: UUID) -> None:
        self._database = database
        self._owner_id = owner_id

    async def get(self, file_id: UUID, options: PreviewOptions) -> PreviewResponse | JobResponse:
        """Return the preview, or the job that computes it, which the first call enqueues."""
        key = f"preview {file_id} {options.key}"
        async with self._database.reading(current=True) as session:
            previews = Previews(session, self._owner_id)
            source = await previews.source(file_id)
            content = await previews.known(source.md5, options)
            if content is not None and source.file.columns is not None:
                return PreviewResponse.model_construct(status="ready", preview=content)
            job = await enqueued(session, self._owner_id, key)
        if job is not None:
            return _told(job)
        request = PreviewRequest(file_id=file_id, options=options)
        async with self._database.writing() as session:
            return await enqueue(session, PREVIEW, request, self._owner_id, dedupe_key=key)


def _told(job: JobResponse) -> PreviewResponse | JobResponse:
    if job.status not in {"failed", "cancelled"}:
        return job
    code, reason = job.error_code or job.status, job.error or "The job was cancelled."
    return PreviewResponse(status="failed", job_id=job.id, error_code=code, error=reason)
