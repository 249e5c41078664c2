"""Users with tokens, beside the development user of requests without a token."""

import asyncio
from datetime import timedelta
from uuid import uuid4

from fastapi import FastAPI
from httpx import AsyncClient
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.database import Database
from src.models.base import utc_now
from src.models.token import TokenKind
from src.models.user import User
from src.schemas.token import IssuedToken, TokenCreate
from src.schemas.user import UserCreate
from src.services.access import SCOPES
from src.services.callers import announce_change
from src.services.token import TokenService
from src.services.user import UserService
from tests.apps import client_of


async def issue_token(
    database: Database,
    *,
    scopes: str = "read write",
    lasts: timedelta | None = None,
    kind: TokenKind = "session",
    **user: object,
) -> IssuedToken:
    """Create a user, by default not an administrator, and return a token of theirs."""
    facts = {"email": f"{uuid4().hex}@example.com", "name": "Somebody"} | user
    expires_at = utc_now() + lasts if lasts is not None else None
    async with database.writing() as session:
        owner = await UserService(session).create(UserCreate.model_validate(facts))
        # Not validated: a test may want a token that has expired.
        token = TokenCreate.model_construct(
            name="test", scopes=scopes.split(), expires_at=expires_at
        )
        return await TokenService(session, owner.id).issue(token, held=SCOPES, kind=kind)


async def announce_changes(session: AsyncSession) -> None:
    """Announce that rows were changed, as the services do, of which a test makes no use."""
    for user_id in (await session.exec(select(User.id))).all():
        announce_change(session, user_id)


async def until_heard(database: Database) -> None:
    """Wait until the process hears of changes and therefore remembers callers."""
    async with asyncio.timeout(60):
        while not database.listener.is_alive:
            await asyncio.sleep(0.01)


def client_with(app: FastAPI, token: str) -> AsyncClient:
    client = client_of(app)
    client.headers["Authorization"] = f"Bearer {token}"
    return client
