"""Idempotency keys belong to a user, whichever token the user sends."""

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from sqlmodel import col, update

from src.core.database import Database
from src.models.base import utc_now
from src.models.token import Token
from src.schemas.token import TokenCreate
from src.services.access import SCOPES
from src.services.token import TokenService
from tests.access import announce_changes, client_with, issue_token
from tests.api import THINGS, assert_problem


@pytest.fixture(scope="module")
async def shared_app(open_app: FastAPI) -> FastAPI:
    return open_app


async def post(client: AsyncClient, name: str) -> Response:
    return await client.post(THINGS, json={"name": name}, headers={"Idempotency-Key": "first"})


async def test_another_user_has_keys_of_their_own(client: AsyncClient, other: AsyncClient) -> None:
    await post(client, "Apollo")

    assert (await post(other, "Gemini")).status_code == 201


async def test_new_token_of_the_same_user_repeats_the_request(
    app: FastAPI, database: Database
) -> None:
    """A retry after a new login must not create a second row."""
    first = await issue_token(database)
    async with database.writing() as session:
        owner_id = (await session.get_one(Token, first.id)).owner_id
        data = TokenCreate(name="second", scopes=["read", "write"])
        second = await TokenService(session, owner_id).issue(data, held=SCOPES)

    async with client_with(app, first.token) as client, client_with(app, second.token) as again:
        created, repeated = await post(client, "Apollo"), await post(again, "Apollo")

    assert (created.status_code, repeated.content) == (201, created.content)
    assert repeated.headers["idempotent-replayed"] == "true"


async def test_stored_answer_is_not_for_an_ended_token(app: FastAPI, database: Database) -> None:
    token = await issue_token(database)
    async with client_with(app, token.token) as client:
        assert (await post(client, "Apollo")).status_code == 201
        async with database.writing() as session:
            ended = update(Token).where(col(Token.id) == token.id).values(revoked_at=utc_now())
            await session.exec(ended)
            await announce_changes(session)

        repeated = await post(client, "Apollo")

    assert_problem(repeated, 401, "Send a valid token: Authorization: Bearer ...")


async def test_key_is_not_documented_for_secrets(app: FastAPI) -> None:
    paths = app.openapi()["paths"]

    def names(path: str) -> set[str]:
        return {each["name"] for each in paths[path]["post"].get("parameters", ())}

    assert "Idempotency-Key" in names("/api/v1/users")
    assert "Idempotency-Key" not in names("/api/v1/tokens") | names("/api/v1/login")
