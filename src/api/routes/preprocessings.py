from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from src.api.caller import provide_owned
from src.api.routing import ResourceRouter
from src.schemas.job import JobResponse
from src.schemas.preprocessing_job import FileOriginResponse, PreprocessingCreate
from src.services.preprocessing import PreprocessingService

PreprocessingServiceDep = Annotated[
    PreprocessingService, Depends(provide_owned(PreprocessingService))
]

router = ResourceRouter("/files")


@router.post("/{file_id}/preprocessings", status_code=HTTPStatus.ACCEPTED)
async def preprocess_file(
    preprocessings: PreprocessingServiceDep, file_id: UUID, data: PreprocessingCreate
) -> JobResponse:
    """Make a new file of a data file, or two, by a job whose result has their ids."""
    return await preprocessings.start(file_id, data)


@router.get("/{file_id}/origin")
async def get_origin(preprocessings: PreprocessingServiceDep, file_id: UUID) -> FileOriginResponse:
    """Return the file that this one was made from, and how."""
    return await preprocessings.origin(file_id)
