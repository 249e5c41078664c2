from http import HTTPStatus

from src.api.caller import AccessServiceDep, CallerDep
from src.api.routes.users import UserServiceDep
from src.api.routing import ResourceRouter
from src.schemas.access import PasswordChange
from src.schemas.user import UserResponse

router = ResourceRouter("/me")


@router.get("")
async def get_me(users: UserServiceDep, caller: CallerDep) -> UserResponse:
    return await users.get(caller.user_id)


@router.put("/password", status_code=HTTPStatus.NO_CONTENT)
async def change_password(
    access: AccessServiceDep, caller: CallerDep, data: PasswordChange
) -> None:
    """Change the password and end all sessions: log in again."""
    await access.change_password(caller, data)


@router.delete("/session", status_code=HTTPStatus.NO_CONTENT)
async def log_out(access: AccessServiceDep, caller: CallerDep) -> None:
    await access.log_out(caller)
