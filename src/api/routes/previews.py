from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel

from src.api.caller import CallerDep
from src.api.dependencies import ServiceDep
from src.api.paths import API, link_to
from src.api.routing import ResourceRouter
from src.schemas.job import JobResponse
from src.schemas.preview import PreviewOptions, PreviewResponse
from src.services.preview import PreviewService


async def get_previews(service: ServiceDep, caller: CallerDep) -> PreviewService:
    return PreviewService(service.database, caller.user_id)


PreviewServiceDep = Annotated[PreviewService, Depends(get_previews)]

router = ResourceRouter("/files")

ANSWERS: dict[int | str, dict[str, Any]] = {
    HTTPStatus.OK: {"model": PreviewResponse},
    HTTPStatus.ACCEPTED: {"model": JobResponse, "description": "The job that computes it."},
}


@router.get("/{file_id}/preview", responses=ANSWERS)
async def preview_file(
    request: Request,
    previews: PreviewServiceDep,
    file_id: UUID,
    options: Annotated[PreviewOptions, Query()],
) -> Response:
    """Return columns, first rows and a profile of a CSV, JSON Lines or Parquet file.

    202 with the job that computes them, until it has ended; the first request enqueues it.
    """
    return _answer(request, await previews.get(file_id, options))


def _answer(request: Request, found: BaseModel) -> Response:
    headers, status = {}, HTTPStatus.OK
    if isinstance(found, JobResponse):
        headers["Location"] = link_to(request.scope, f"{API}/jobs/{found.id}")
        status = HTTPStatus.ACCEPTED
    return Response(found.model_dump_json(), status, headers, "application/json")
