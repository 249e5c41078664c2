"""What logging in takes and gives, named as OAuth2 names it: RFC 6749, section 4.3."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, Secret

from src.models.types import Text
from src.schemas.base import Payload

_HIDDEN = Field(json_schema_extra={"format": "password", "writeOnly": True})
# SecretStr would take lone surrogates, which cannot be hashed.
Password = Annotated[Secret[Annotated[str, Field(min_length=8, max_length=128)]], _HIDDEN]
Attempt = Annotated[Secret[Annotated[str, Field(max_length=128)]], _HIDDEN]


class LoginForm(BaseModel):
    grant_type: Literal["password"] = "password"
    username: Annotated[Text, Field(max_length=254, description="The e-mail address.")]
    password: Attempt
    scope: Annotated[
        str,
        Field(
            pattern=r"^((read|write|admin)( (read|write|admin)){0,2})?$",
            description="With spaces in between; all that one may have, if there is none.",
        ),
    ] = ""


class Login(BaseModel):
    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105  # says what the token is
    expires_in: int
    """Seconds."""
    scope: str


class PasswordSet(Payload):
    password: Password


class PasswordChange(PasswordSet):
    current: Attempt
