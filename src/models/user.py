from typing import Annotated

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from src.models.base import Entity
from src.models.types import Bool, Email, NonBlank, Trimmed

UserEmail = Annotated[Email, Field(max_length=254)]
UserName = Annotated[NonBlank, Field(min_length=1, max_length=100), Trimmed]


class UserBase(SQLModel):
    email: UserEmail
    name: UserName
    active: Bool = True
    admin: Bool = False


class User(UserBase, Entity, table=True):
    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("email"),)
    password_hash: str | None = None
    """Argon2id; a user without one cannot log in."""
