"""Files as the artefacts of runs and of logged models.

To write to a path again is to put another file there: the content of a file never changes.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import ConflictError, NotFoundError
from src.core.upsert import upsert
from src.models.mlflow_logged import MlflowArtifact
from src.models.stored_file import StoredFile
from src.schemas.mlflow_logged import FileInfo, FilesAnswer
from src.services.mlflow_places import Place, check_place, root_of
from src.services.stored_file import Stored, StoredFileService

ARTIFACTS = 10_000
"""Most artefacts of a run, and of a logged model."""
NO_ARTIFACT = "There is no such artefact."
FOLDER = "A path is either that of an artefact or that of a folder of artefacts, and not both."
TOO_MANY = f"A run and a logged model may have at most {ARTIFACTS} artefacts."


class Artifact(NamedTuple):
    path: str
    file_id: UUID
    size_bytes: int | None
    md5: str | None


class ArtifactService:
    """The artefacts of one owner's runs and logged models."""

    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id
        self._files = StoredFileService(session, owner_id)

    async def check(self, place: Place) -> UUID:
        """Return the project of a place. Raises a `NotFoundError` unless it is the owner's."""
        return await check_place(self._session, self._owner_id, place)

    async def put(self, place: Place, file_id: UUID) -> None:
        """Let a path be the place of a stored file, in the transaction that has inserted it.

        That has locked the row of the owner, so that no other upload gets between look and insert.
        """
        await self.check(place)
        before = await self._at(place)
        if not before:
            await self._check_new(place)
        artifact = MlflowArtifact(
            run_id=place.run_id, model_id=place.model_id, path=place.path, file_id=file_id
        )
        added = upsert(MlflowArtifact).values(**artifact.model_dump())
        kept = added.on_conflict_do_update(
            index_elements=["run_id" if place.run_id else "model_id", "path"],
            set_={"file_id": file_id},
        )
        await (await self._session.connection()).execute(kept)
        await self._delete_files([each.file_id for each in before])

    async def file(self, place: Place) -> Stored:
        found = await self._at(place)
        if not found:
            raise NotFoundError(NO_ARTIFACT)
        return await self._files.stored(found[0].file_id)

    async def listed(self, place: Place) -> list[FileInfo]:
        """Return what is in a folder, by name."""
        await self.check(place)
        start = len(place.below)
        children: dict[str, FileInfo] = {}
        for each in await self.below(place):
            name, slash, _ = each.path[start:].partition("/")
            size = None if slash else each.size_bytes
            children[name] = FileInfo(path=name, is_dir=bool(slash), file_size=size)
        return [children[name] for name in sorted(children)]

    async def below_root(self, place: Place) -> FilesAnswer:
        """Return what is in a folder, by paths from the folder of all artefacts."""
        project_id = await self.check(place)
        files = await self.listed(place)
        for each in files:
            each.path = place.below + each.path
        return FilesAnswer(files=files, root_uri=root_of(project_id, place))

    async def below(self, place: Place) -> list[Artifact]:
        """Return all artefacts below a path, in order."""
        return await self._found(place, _starts_with(place.below))

    async def delete(self, place: Place) -> None:
        """Delete an artefact, or all that are below a path."""
        await self.check(place)
        found = [*await self._at(place), *await self.below(place)]
        if not found:
            raise NotFoundError(NO_ARTIFACT)
        await self._delete_files([each.file_id for each in found])

    async def _at(self, place: Place) -> list[Artifact]:
        return await self._found(place, col(MlflowArtifact.path) == place.path)

    async def _found(self, place: Place, wanted: ColumnElement[bool]) -> list[Artifact]:
        columns = (
            col(MlflowArtifact.path),
            col(MlflowArtifact.file_id),
            col(StoredFile.size_bytes),
            col(StoredFile.md5),
        )
        rows = (
            select(*columns)
            .join(StoredFile, col(StoredFile.id) == col(MlflowArtifact.file_id))
            .where(_of(place), col(StoredFile.owner_id) == self._owner_id, wanted)
            .order_by(col(MlflowArtifact.path))
        )
        found = await (await self._session.connection()).execute(rows)
        return [Artifact(*row) for row in found]

    async def _check_new(self, place: Place) -> None:
        in_the_way = col(MlflowArtifact.path).in_(place.folders) | _starts_with(place.below)
        if await self._found(place, in_the_way):
            raise ConflictError(FOLDER)
        if await self._count(place) >= ARTIFACTS:
            raise ConflictError(TOO_MANY)

    async def _count(self, place: Place) -> int:
        counted = select(func.count()).select_from(MlflowArtifact).where(_of(place))
        return (await (await self._session.connection()).execute(counted)).scalar_one()

    async def _delete_files(self, ids: Sequence[UUID]) -> None:
        """Delete files; their places go with them."""
        if ids:
            gone = delete(StoredFile).where(col(StoredFile.id).in_(ids))
            await (await self._session.connection()).execute(gone)


def _of(place: Place) -> ColumnElement[bool]:
    if place.run_id:
        return col(MlflowArtifact.run_id) == place.run_id
    return col(MlflowArtifact.model_id) == place.model_id


def _starts_with(start: str) -> ColumnElement[bool]:
    # LIKE knows no case on SQLite.
    return func.substr(col(MlflowArtifact.path), 1, len(start)) == start
