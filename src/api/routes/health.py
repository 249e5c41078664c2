from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from src.api.dependencies import DatabaseDep
from src.core.errors import UnavailableError

router = APIRouter(prefix="/health", tags=["health"])


class Health(BaseModel):
    status: Literal["ok"] = "ok"


@router.get("")
async def is_alive() -> Health:
    """The process answers. Touches nothing, so that no fault elsewhere has it restarted."""
    return Health()


@router.get("/ready")
async def is_ready(database: DatabaseDep) -> Health:
    """The database answers; 503 when it does not."""
    if not await database.is_ready():
        msg = "The database does not answer."
        raise UnavailableError(msg)
    return Health()
