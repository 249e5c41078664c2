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
    """Answer without touching anything, so that no fault elsewhere has the process restarted."""
    return Health()


@router.get("/ready")
async def is_ready(service: ServiceDep) -> Health:
    """Answer 200 if the database answers and the service is not about to stop, else 503."""
    if service.drain.has_begun:
        msg = "The service is about to stop."
        raise UnavailableError(msg)
    if not await service.database.is_ready():
        msg = "The database does not answer."
        raise UnavailableError(msg)
    return Health()
