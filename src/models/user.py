from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from sqlalchemy import String, UniqueConstraint
from sqlmodel import Field, SQLModel

from src.models.base import Entity
from src.models.types import Bool, Email, NonBlank, Trimmed

UserEmail = Annotated[Email, Field(max_length=254)]
Username = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$"),
    AfterValidator(str.lower),
    Field(max_length=50, schema_extra={"examples": ["ada.lovelace"]}),
]
"""In lower case: no two users differ in case alone."""
UserName = Annotated[NonBlank, Field(min_length=1, max_length=100), Trimmed]


class UserBase(SQLModel):
    email: UserEmail
    name: UserName
    username: Username | None = Field(default=None, sa_type=String(50))
    """Not for the login, which takes the address."""
    active: Bool = True
    admin: Bool = False


class User(UserBase, Entity, table=True):
    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("email"), UniqueConstraint("username"))
    password_hash: str | None = None
    """Argon2id; a user without one cannot log in."""
