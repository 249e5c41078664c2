from typing import Literal
from uuid import UUID

from pydantic import MISSING
from sqlmodel import SQLModel

from src.models.types import Bool, BoolQuery
from src.models.user import UserBase, UserEmail, UserName, Username
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import PageQuery, Several


class UserCreate(UserBase, Payload):
    pass


class UserUpdate(Payload):
    """An absent field stays as it is; a null one is cleared, where that is allowed."""

    email: UserEmail | MISSING = MISSING
    name: UserName | MISSING = MISSING
    username: Username | None | MISSING = MISSING
    active: Bool | MISSING = MISSING
    admin: Bool | MISSING = MISSING


class UserResponse(UserBase, EntityResponse):
    pass


class PublicUser(SQLModel):
    """What everybody sees of a user to whom a row refers."""

    id: UUID
    name: UserName
    username: Username | None


class UserQuery(PageQuery):
    sort: Literal["id", "-id", "email", "-email", "username", "-username"] = "-id"
    email: UserEmail | MISSING = MISSING
    email_in: Several[UserEmail] | MISSING = MISSING
    username: Username | MISSING = MISSING
    username_in: Several[Username] | MISSING = MISSING
    username_null: BoolQuery | MISSING = MISSING
    active: BoolQuery | MISSING = MISSING
    admin: BoolQuery | MISSING = MISSING
