from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from src.api.dependencies import ServiceDep
from src.core.errors import UnavailableError

PATHS = ("/health", "/health/ready")

router = APIRouter(prefix="/health", tags=["health"])


class Health(BaseModel):
    status: Literal["ok"] = "ok"


@router.get("")
async def is_alive() -> Health:
    """The process answers. Touches nothing, so that no fault elsewhere has it restarted."""
    return Health()


@router.get("/ready")
async def is_ready(service: ServiceDep) -> Health:
    """The database answers and the service is not about to stop; otherwise 503."""
    if service.drain.has_begun:
        msg = "The service is about to stop."
        raise UnavailableError(msg)
    if not await service.database.is_ready():
        msg = "The database does not answer."
        raise UnavailableError(msg)
    return Health()
