from typing import Annotated

from fastapi import APIRouter, Form, Response

from src.api.caller import AccessServiceDep, AddressDep
from src.api.routing import NO_STORE
from src.schemas.access import Login, LoginForm

router = APIRouter(prefix="/login", tags=["access"])


@router.post("")
async def log_in(
    access: AccessServiceDep,
    address: AddressDep,
    form: Annotated[LoginForm, Form()],
    response: Response,
) -> Login:
    """Open a session that lasts some hours."""
    response.headers.update(NO_STORE)
    return await access.log_in(form, address)
