"""Clients with fewer rights than the owner of a row, for tests of authorization."""

from typing import NamedTuple

from fastapi import FastAPI
from httpx import AsyncClient
from sqlmodel import col, select, update

from src.models.base import utc_now
from src.models.token import Token
from src.models.user import User
from tests.access import announce_changes, client_with, issue_token
from tests.apps import client_of, database_of

ME = "/api/v1/me"
WRONG_HEADERS = ["Bearer", "Bearer svc_unknown", "Basic c3ZjOng="]


class Asker(NamedTuple):
    who: str
    client: AsyncClient


class Askers(NamedTuple):
    """Clients with fewer rights than the owner of a row, by what they lack."""

    unknown: list[Asker]
    readers: list[Asker]
    writers: list[Asker]
    non_administrators: list[Asker]
    strangers: list[Asker]
    """Users with all rights to their own rows."""


async def all_askers(app: FastAPI) -> Askers:
    return Askers(
        unknown=[*without_valid_token(app), *await with_ended_tokens(app)],
        readers=[await asker(app, "reader", "read admin", admin=True)],
        writers=[await asker(app, "writer", "write admin", admin=True)],
        non_administrators=[
            await asker(app, "user", "read write admin", admin=False),
            await asker(app, "administrator without scope", "read write", admin=True),
            await asker(app, "user without scope", "read write", admin=False),
        ],
        strangers=[
            await asker(app, "user", "read write", admin=False),
            await asker(app, "administrator", "read write admin", admin=True),
        ],
    )


async def asker(app: FastAPI, who: str, scopes: str, *, admin: bool) -> Asker:
    token = await issue_token(database_of(app), scopes=scopes, admin=admin)
    client = client_with(app, token.token)
    await client.get(ME)  # the first use of a token is noted
    return Asker(who, client)


def without_valid_token(app: FastAPI) -> list[Asker]:
    askers = [Asker("nobody", client_of(app))]
    for header in WRONG_HEADERS:
        askers.append(Asker(header, client_of(app)))
        askers[-1].client.headers["Authorization"] = header
    return askers


async def with_ended_tokens(app: FastAPI) -> list[Asker]:
    tokens = {
        end: await issue_token(database_of(app), scopes="read write admin", admin=True)
        for end in ("expires_at", "revoked_at", "active")
    }
    askers = [Asker(end, client_with(app, token.token)) for end, token in tokens.items()]
    assert [(await each.client.get(ME)).status_code for each in askers] == [200] * 3
    async with database_of(app).writing() as session:
        for end in ("expires_at", "revoked_at"):
            its = col(Token.id) == tokens[end].id
            await session.exec(update(Token).where(its).values({end: utc_now()}))
        owner = select(Token.owner_id).where(col(Token.id) == tokens["active"].id)
        await session.exec(update(User).where(col(User.id).in_(owner)).values(active=False))
        await announce_changes(session)
    return askers
