from typing import Annotated

from fastapi import APIRouter, Form

from src.api.dependencies import AccessServiceDep
from src.api.routing import NO_STORE
from src.schemas.access import Login, LoginForm

router = APIRouter(prefix="/login", tags=["access"])


@router.post("", dependencies=[NO_STORE])
async def log_in(access: AccessServiceDep, form: Annotated[LoginForm, Form()]) -> Login:
    """Open a session of some hours."""
    return await access.log_in(form)
