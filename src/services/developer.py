"""The development user, who makes the requests without a token where none is required."""

from uuid import UUID, uuid4
from weakref import WeakSet

from src.core.database import Database
from src.models.user import User
from src.services.access import SCOPES
from src.services.accounts import AccountService
from src.services.callers import Caller

DEVELOPER = UUID("01900000-0000-7000-8000-00000000de00")
_EXISTS = WeakSet[Database]()


async def developer(database: Database) -> Caller:
    """Return the caller of requests without a token; insert the user if needed."""
    if database not in _EXISTS:
        await add_developer(database)
        _EXISTS.add(database)
    return Caller(DEVELOPER, SCOPES)


async def add_developer(database: Database) -> None:
    # Another user may have taken the first address.
    for name in ("developer", f"developer-{uuid4()}"):
        user = User(id=DEVELOPER, email=f"{name}@example.com", name="Developer", admin=True)
        async with database.writing() as session:
            if await AccountService(session).add(user):
                return
