from datetime import datetime

from sqlmodel import Field, SQLModel

from src.models.base import utc_now


class LoginAttempts(SQLModel, table=True):
    """Login attempts at one account, which need not exist, in all or from one source."""

    __tablename__ = "login_attempts"

    account: str = Field(primary_key=True, max_length=64)
    """Half of the SHA-256 of the e-mail address, and of the source: both in hexadecimal."""
    since: datetime = Field(default_factory=utc_now, index=True)
    count: int = 1
