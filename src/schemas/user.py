from typing import Literal

from pydantic import MISSING

from src.models.types import Bool, BoolQuery
from src.models.user import UserBase, UserEmail, UserName
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import PageQuery


class UserCreate(UserBase, Payload):
    pass


class UserUpdate(Payload):
    """An absent field stays as it is."""

    email: UserEmail | MISSING = MISSING
    name: UserName | MISSING = MISSING
    active: Bool | MISSING = MISSING
    admin: Bool | MISSING = MISSING


class UserResponse(UserBase, EntityResponse):
    pass


class UserQuery(PageQuery):
    sort: Literal["id", "-id", "email", "-email"] = "-id"
    email: UserEmail | MISSING = MISSING
    active: BoolQuery | MISSING = MISSING
    admin: BoolQuery | MISSING = MISSING
