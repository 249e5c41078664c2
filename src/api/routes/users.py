from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from src.api.caller import AccessServiceDep, KeptDep, require_admin, require_login
from src.api.dependencies import IfMatch, SessionDep
from src.api.routing import ResourceRouter
from src.schemas.access import PasswordSet
from src.schemas.page import Page
from src.schemas.user import UserCreate, UserQuery, UserResponse, UserUpdate
from src.services.user import UserService


async def get_users(session: SessionDep, kept: KeptDep) -> UserService:
    return UserService(session, kept)


UserServiceDep = Annotated[UserService, Depends(get_users)]

router = ResourceRouter("/users", dependencies=[Depends(require_admin)])


@router.get("")
async def list_users(
    users: UserServiceDep, query: Annotated[UserQuery, Query()]
) -> Page[UserResponse]:
    return await users.find(query)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_user(users: UserServiceDep, data: UserCreate) -> UserResponse:
    return await users.create(data)


@router.get("/{user_id}")
async def get_user(users: UserServiceDep, user_id: UUID) -> UserResponse:
    return await users.get(user_id)


@router.patch("/{user_id}")
async def update_user(
    users: UserServiceDep, user_id: UUID, changes: UserUpdate, if_match: IfMatch
) -> UserResponse:
    return await users.update(user_id, changes, if_match)


@router.delete("/{user_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_user(users: UserServiceDep, user_id: UUID, if_match: IfMatch) -> None:
    await users.delete(user_id, if_match)


@router.put(
    "/{user_id}/password",
    status_code=HTTPStatus.NO_CONTENT,
    dependencies=[Depends(require_login)],
)
async def set_password(access: AccessServiceDep, user_id: UUID, data: PasswordSet) -> None:
    """Set the password and end all sessions of the user."""
    await access.set_password(user_id, data)
