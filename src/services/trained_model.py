"""What is known about versions that trainings have made."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import ConflictError
from src.core.queries import Query
from src.models.model_version import ModelVersion
from src.models.stored_file import StoredFile
from src.models.trained_model import TrainedModel
from src.schemas.prediction import Feature, SignatureResponse
from src.services.model_version import ModelVersionService

NOT_TRAINED = "This version was not trained here: there is nothing to predict with."

_FIND = Query(
    select(
        col(TrainedModel.model_type),
        col(TrainedModel.target_column),
        col(TrainedModel.features),
        col(TrainedModel.file_id),
        col(ModelVersion.checksum),
        col(StoredFile.md5),
        col(StoredFile.size_bytes),
    )
    .join(ModelVersion, col(ModelVersion.id) == col(TrainedModel.model_version_id))
    .join(StoredFile, col(StoredFile.id) == col(TrainedModel.file_id))
    .where(
        col(TrainedModel.model_version_id) == bindparam("version"),
        col(TrainedModel.owner_id) == bindparam("owner"),
    )
)


class Artefact(NamedTuple):
    sha256: str
    """That of the version."""
    md5: str
    size_bytes: int


class TrainedModelService:
    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id

    async def signature(self, version_id: UUID) -> SignatureResponse:
        return (await self.find(version_id))[0]

    async def find(self, version_id: UUID) -> tuple[SignatureResponse, Artefact]:
        """Return what a version predicts, and where it is. Raises `ConflictError` for another's."""
        rows = await _FIND.rows(self._session, version=version_id, owner=self._owner_id)
        if not rows:
            await ModelVersionService(self._session, self._owner_id).get(version_id)
            raise ConflictError(NOT_TRAINED)
        model_type, target, features, file_id, checksum, md5, size = rows[0]
        signature = SignatureResponse(
            model_type=model_type,
            target_column=target,
            features=[Feature.model_construct(**each) for each in features],
            file_id=file_id,
        )
        return signature, Artefact(checksum.removeprefix("sha256:"), md5, size)
