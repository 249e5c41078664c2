"""Where the artefacts of a version are that MLflow's client registers."""

import json
import re
from collections.abc import Sequence
from hashlib import md5
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import InvalidError
from src.models.mlflow_logged import MlflowLoggedModel
from src.schemas.mlflow_registry import CreateModelVersion, VersionNamed
from src.services.mlflow_artifacts import Artifact, ArtifactService
from src.services.mlflow_ids import SCHEME, model_id_of, possible_uuid
from src.services.mlflow_places import Place, place_at, root_of, safe
from src.services.mlflow_registry_lookup import RegistryLookup
from src.services.mlflow_registry_rows import address_of

NO_ARTIFACTS = (
    "A version needs artefacts that are stored here, of which it keeps the checksum: log the "
    "model first, then name it as models:/MODEL_ID, runs:/RUN_ID/PATH or mlflow-artifacts:/..."
)
OF_ANOTHER = "The source is not that of the logged model."
_LOGGED = re.compile("models:/m-([0-9a-f]{32})")
_VERSION = re.compile("models:/([^/]+)/([0-9]{1,9})")
_OF_RUN = re.compile("runs:/([0-9a-f]{32})/(.+)")


class Source(NamedTuple):
    address: str
    checksum: str
    size_bytes: int
    run_id: UUID | None
    model_id: UUID | None


class SourceService:
    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id
        self._artifacts = ArtifactService(session, owner_id)
        self._lookup = RegistryLookup(session, owner_id)

    async def find(self, wanted: CreateModelVersion) -> Source:
        """Return what is stored at the source of a version.

        Raises `InvalidError` if there is nothing, or if it is not that of the logged model.
        """
        for place in await self._places(wanted.source):
            project_id = await self._artifacts.check(place)
            found = await self._artifacts.below(place)
            if found:
                if wanted.model_id not in {"", place.model_id and model_id_of(place.model_id)}:
                    raise InvalidError(OF_ANOTHER)
                address = f"{root_of(project_id, place)}/{place.path}".rstrip("/")
                size = sum(each.size_bytes or 0 for each in found)
                run_id = place.run_id or await self._run_of(place)
                return Source(address, _checksum(place, found), size, run_id, place.model_id)
        raise InvalidError(NO_ARTIFACTS)

    async def _places(self, uri: str) -> Sequence[Place]:
        if found := _LOGGED.fullmatch(uri):
            return [Place("", model_id=possible_uuid(found[1]))]
        if found := _OF_RUN.fullmatch(uri):
            run_id, path = UUID(hex=found[1]), safe(found[2])
            return [Place(path, run_id=run_id), *await self._logged(run_id, path)]
        if found := _VERSION.fullmatch(uri):
            version = await self._lookup.version(VersionNamed(name=found[1], version=found[2]))
            uri = address_of(version.storage_uri)
        if uri.startswith(SCHEME):
            return [place_at(uri.removeprefix(SCHEME))]
        raise InvalidError(NO_ARTIFACTS)

    async def _logged(self, run_id: UUID, name: str) -> Sequence[Place]:
        """Return the models that a run has logged under a name, the newest first."""
        model = MlflowLoggedModel
        rows = select(col(model.id)).where(
            col(model.run_id) == run_id,
            col(model.name) == name,
            col(model.owner_id) == self._owner_id,
            col(model.deleted_at).is_(None),
        )
        found = await (await self._session.connection()).execute(
            rows.order_by(col(model.id).desc()).limit(1)
        )
        return [Place("", model_id=each) for each in found.scalars()]

    async def _run_of(self, place: Place) -> UUID | None:
        rows = select(col(MlflowLoggedModel.run_id)).where(
            col(MlflowLoggedModel.id) == place.model_id
        )
        return (await (await self._session.connection()).execute(rows)).scalar_one_or_none()


def _checksum(place: Place, found: Sequence[Artifact]) -> str:
    """Return the checksum of a folder as DVC has it: of the list of its files."""
    start = len(place.below)
    named = sorted((each.path[start:], each.md5) for each in found)
    files = [{"md5": address, "relpath": path} for path, address in named]
    text = json.dumps(files, sort_keys=True)
    return f"md5:{md5(text.encode(), usedforsecurity=False).hexdigest()}"
