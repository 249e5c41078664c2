"""The artefacts of runs and of logged models."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from src.api.caller import CallerDep, provide_owned
from src.api.dependencies import ServiceDep
from src.api.file_bodies import body_of, length_of
from src.api.file_contents import answer_with
from src.api.limits import streaming
from src.api.mlflow_routing import ARTIFACTS, PREFIX, mlflow_router
from src.api.routes.files import StoreDep, UploadServiceDep
from src.files.settings import MOST_BYTES, FilesSettings
from src.schemas.mlflow_base import Nothing
from src.schemas.mlflow_logged import FilesAnswer, ListOfModel, ListOfPlace, ListOfRun
from src.services.mlflow_artifacts import ArtifactService
from src.services.mlflow_errors import NoLoggedModelError, NoRunError, UnsupportedError
from src.services.mlflow_ids import model_uuid_of, uuid_of
from src.services.mlflow_places import Place, place_at, safe
from src.services.mlflow_uploads import ArtifactUploadService

NO_PARTS = "Multipart upload is not supported for the current artifact repository"
"""The words by which the client knows that it has to upload a file at once."""
NO_URLS = "Presigned downloads are not supported: download the file from this service."

ArtifactsDep = Annotated[ArtifactService, Depends(provide_owned(ArtifactService))]


async def get_uploads(
    service: ServiceDep, uploads: UploadServiceDep, caller: CallerDep
) -> ArtifactUploadService:
    quota = service.settings_of(FilesSettings).file_quota
    return ArtifactUploadService(service.database, uploads, quota, caller.user_id)


UploadsDep = Annotated[ArtifactUploadService, Depends(get_uploads)]

router = mlflow_router("")


@router.get(f"{ARTIFACTS}/artifacts")
async def list_artifacts(
    artifacts: ArtifactsDep, query: Annotated[ListOfPlace, Query()]
) -> FilesAnswer:
    return FilesAnswer(files=await artifacts.listed(place_at(query.path)))


@router.get(f"{ARTIFACTS}/artifacts/{{path:path}}")
@streaming
async def download_artifact(
    request: Request, artifacts: ArtifactsDep, store: StoreDep, caller: CallerDep, path: str
) -> Response:
    return answer_with(request, store, await artifacts.file(place_at(path)), caller.user_id)


@router.put(f"{ARTIFACTS}/artifacts/{{path:path}}", max_body_size=MOST_BYTES)
@streaming
async def upload_artifact(request: Request, uploads: UploadsDep, path: str) -> Nothing:
    await uploads.upload(place_at(path), *_content_of(request))
    return Nothing()


def _content_of(request: Request) -> tuple[int, AsyncIterator[bytes]]:
    """Return size and bytes. MLflow's client sends an empty file, and no other, in chunks."""
    if "content-length" in request.headers:
        return length_of(request), body_of(request)
    return 0, _nothing_of(request)


async def _nothing_of(request: Request) -> AsyncIterator[bytes]:
    async for part in body_of(request):
        if part:
            length_of(request)
        yield part


@router.delete(f"{ARTIFACTS}/artifacts/{{path:path}}")
async def delete_artifacts(artifacts: ArtifactsDep, path: str) -> Nothing:
    await artifacts.delete(place_at(path))
    return Nothing()


@router.post(f"{ARTIFACTS}/mpu/{{step}}/{{path:path}}")
async def refuse_parts(step: str, path: str) -> Nothing:
    raise UnsupportedError(NO_PARTS)


@router.get(f"{ARTIFACTS}/presigned/{{path:path}}")
async def refuse_url(path: str) -> Nothing:
    raise UnsupportedError(NO_URLS)


@router.get(f"{PREFIX}/artifacts/list")
async def list_artifacts_of_run(
    artifacts: ArtifactsDep, query: Annotated[ListOfRun, Query()]
) -> FilesAnswer:
    run_id = uuid_of(query.run_id or query.run_uuid, NoRunError)
    return await artifacts.below_root(Place(safe(query.path), run_id=run_id))


@router.get(f"{PREFIX}/logged-models/{{model_id}}/artifacts/directories")
async def list_artifacts_of_model(
    artifacts: ArtifactsDep, model_id: str, query: Annotated[ListOfModel, Query()]
) -> FilesAnswer:
    place = Place(
        safe(query.artifact_directory_path), model_id=model_uuid_of(model_id, NoLoggedModelError)
    )
    return await artifacts.below_root(place)
