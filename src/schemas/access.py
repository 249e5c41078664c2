"""Logins, with the field names of OAuth2 (RFC 6749, section 4.3), and changes of passwords."""

from typing import Annotated, Literal
from unicodedata import normalize

from pydantic import BaseModel, BeforeValidator, Field, Secret

from src.models.types import Text
from src.schemas.base import Payload

LONGEST = 128
_HIDDEN = Field(json_schema_extra={"format": "password", "writeOnly": True})


def _normalised(typed: object) -> object:
    """Return the one spelling of a text: keyboards differ in how they write an accent.

    A longer text is refused as it is: one character can become eighteen.
    """
    if isinstance(typed, str) and len(typed) <= 4 * LONGEST:
        return normalize("NFKC", typed)
    return typed


_Normalised = BeforeValidator(_normalised)
# SecretStr would accept lone surrogates, which cannot be hashed.
Password = Annotated[
    Secret[Annotated[str, Field(min_length=8, max_length=LONGEST), _Normalised]], _HIDDEN
]
Attempt = Annotated[Secret[Annotated[str, Field(max_length=LONGEST), _Normalised]], _HIDDEN]


class LoginForm(BaseModel):
    grant_type: Literal["password"] = "password"
    username: Annotated[Text, Field(max_length=254, description="The e-mail address.")]
    password: Attempt
    scope: Annotated[
        str,
        Field(
            pattern=r"^((read|write|admin)( (read|write|admin)){0,2})?$",
            description="Scopes separated by spaces; if empty, all that the user may have.",
        ),
    ] = ""


class Login(BaseModel):
    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105  # the kind of token, not a secret
    expires_in: int
    """Lifetime in seconds."""
    scope: str


class PasswordSet(Payload):
    password: Password


class PasswordChange(PasswordSet):
    current: Attempt
