from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from src.api.caller import CallerDep, provide_owned
from src.api.dependencies import IfMatch, ServiceDep
from src.api.file_bodies import CONTENT, FORM, body_of, length_of
from src.api.file_contents import answer_with, dvc_pointer
from src.api.file_forms import FileForm
from src.api.limits import postpone, streaming
from src.api.routing import ResourceRoute, ResourceRouter
from src.files.settings import MOST_BYTES, FilesSettings
from src.files.store import Store
from src.files.stores import store_of
from src.schemas.page import Page
from src.schemas.stored_file import (
    SignedUpload,
    StoredFileCreate,
    StoredFileQuery,
    StoredFileResponse,
    StoredFileUpdate,
)
from src.services.stored_file import StoredFileService
from src.services.stored_file_direct import DirectUploadService
from src.services.stored_file_uploads import Bounds, UploadService

COMPLETION_SECONDS = 600
"""Time in which a direct upload has to be read."""

StoredFileServiceDep = Annotated[StoredFileService, Depends(provide_owned(StoredFileService))]


async def get_store(service: ServiceDep) -> Store:
    return store_of(service.settings_of(FilesSettings).files_url)


StoreDep = Annotated[Store, Depends(get_store)]


async def get_uploads(service: ServiceDep, store: StoreDep, caller: CallerDep) -> UploadService:
    settings = service.settings_of(FilesSettings)
    bounds = Bounds(settings.max_file_size, settings.file_quota)
    return UploadService(service.database, store, bounds, caller.user_id)


UploadServiceDep = Annotated[UploadService, Depends(get_uploads)]


async def get_direct_uploads(store: StoreDep, uploads: UploadServiceDep) -> DirectUploadService:
    return DirectUploadService(store, uploads)


DirectUploadServiceDep = Annotated[DirectUploadService, Depends(get_direct_uploads)]

router = ResourceRouter("/files")
forms = APIRouter(prefix="/uploads", tags=["files"], route_class=ResourceRoute)


@router.get("")
async def list_files(
    files: StoredFileServiceDep, query: Annotated[StoredFileQuery, Query()]
) -> Page[StoredFileResponse]:
    return await files.find(query)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_file(files: StoredFileServiceDep, data: StoredFileCreate) -> StoredFileResponse:
    """Create a file whose content is sent afterwards."""
    return await files.create(data)


@router.get("/{file_id}")
async def get_file(files: StoredFileServiceDep, file_id: UUID) -> StoredFileResponse:
    return await files.get(file_id)


@router.patch("/{file_id}")
async def update_file(
    files: StoredFileServiceDep, file_id: UUID, changes: StoredFileUpdate, if_match: IfMatch
) -> StoredFileResponse:
    return await files.update(file_id, changes, if_match)


@router.delete("/{file_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_file(files: StoredFileServiceDep, file_id: UUID, if_match: IfMatch) -> None:
    """Delete the file; the purge deletes its content once no other file has it."""
    await files.delete(file_id, if_match)


@router.put("/{file_id}/content", max_body_size=MOST_BYTES, openapi_extra=CONTENT)
@streaming
async def upload_content(
    request: Request, uploads: UploadServiceDep, file_id: UUID, if_match: IfMatch
) -> StoredFileResponse:
    """Store the body, byte by byte, as the content of the file, which never changes afterwards."""
    return await uploads.upload(file_id, length_of(request), body_of(request), if_match)


@router.get("/{file_id}/content")
@streaming
async def download_content(
    request: Request, files: StoredFileServiceDep, store: StoreDep, caller: CallerDep, file_id: UUID
) -> Response:
    return answer_with(request, store, await files.stored(file_id), caller.user_id)


@router.post("/{file_id}/upload-url")
async def sign_upload(uploads: DirectUploadServiceDep, file_id: UUID) -> SignedUpload:
    """Return a signed URL of S3 that takes the content; `completion` has to follow."""
    return await uploads.sign(file_id)


@router.post("/{file_id}/completion")
@streaming
async def complete_upload(
    request: Request, uploads: DirectUploadServiceDep, file_id: UUID, if_match: IfMatch
) -> StoredFileResponse:
    """Check what was sent to the upload URL, and make it the content of the file."""
    postpone(request.scope, COMPLETION_SECONDS)
    return await uploads.complete(file_id, if_match)


@router.get("/{file_id}/dvc")
async def get_dvc_pointer(files: StoredFileServiceDep, file_id: UUID) -> Response:
    """Return a `.dvc` file, with which DVC finds the content in the storage."""
    return dvc_pointer(await files.stored(file_id))


@forms.post("", status_code=HTTPStatus.CREATED, max_body_size=MOST_BYTES, openapi_extra=FORM)
@streaming
async def upload_form(request: Request, uploads: UploadServiceDep) -> StoredFileResponse:
    """Create a file with its content, sent as forms send it: for browsers."""
    form = FileForm(request.headers.get("content-type", ""), body_of(request))
    return await uploads.upload_new(await form.file(), length_of(request), form.blocks())
