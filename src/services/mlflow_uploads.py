"""Uploads of artefacts. No session is open while bytes travel."""

import mimetypes
from collections.abc import AsyncIterator
from uuid import UUID

from pydantic import ValidationError

from src.core.database import Database
from src.core.errors import InvalidError
from src.schemas.stored_file import StoredFileCreate
from src.services.mlflow_artifacts import ArtifactService
from src.services.mlflow_places import WRONG_PATH, Place
from src.services.stored_file import StoredFileService
from src.services.stored_file_uploads import UploadService

UNKNOWN = "application/octet-stream"


class ArtifactUploadService:
    def __init__(
        self, database: Database, uploads: UploadService, quota: int, owner_id: UUID
    ) -> None:
        self._database = database
        self._uploads = uploads
        self._quota = quota
        self._owner_id = owner_id

    async def upload(self, place: Place, size: int, body: AsyncIterator[bytes]) -> None:
        """Store a file and put it to its place, which is looked at before the body."""
        data = _file_named(place.path.rpartition("/")[2])
        async with self._database.reading(current=True) as session:
            await ArtifactService(session, self._owner_id).check(place)
        digest = await self._uploads.receive(size, body)
        async with self._database.writing() as session:
            files = StoredFileService(session, self._owner_id)
            file = await files.create_stored(data, digest, self._quota)
            await ArtifactService(session, self._owner_id).put(place, file.id)


def _file_named(name: str) -> StoredFileCreate:
    # Some types of the machine's own list have capitals, which do not count.
    kind = (mimetypes.guess_type(name)[0] or UNKNOWN).lower()
    try:
        return StoredFileCreate(name=name.replace("\\", "_"), media_type=kind)
    except ValidationError:
        raise InvalidError(WRONG_PATH) from None
