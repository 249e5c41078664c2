"""No request takes the service's administrators away, nor the user of requests without a token."""

import asyncio
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from src.core.database import Database
from src.core.errors import ForbiddenError
from src.schemas.user import UserCreate, UserQuery, UserUpdate
from src.services.developer import DEVELOPER, add_developer
from src.services.user import UserService
from tests.api import Json, assert_problem
from tests.apps import make_settings, running
from tests.callers import Caller
from tests.integration.test_authorization import FOR_ADMINISTRATORS, PROTECTED
from tests.people import person

ME, TOKENS, USERS = "/api/v1/me", "/api/v1/tokens", "/api/v1/users"
KEPT = "Nobody can take their own rights: another administrator has to do that."
LOSSES: list[Json] = [{"active": False}, {"admin": False}, {"active": False, "admin": False}]


@pytest.fixture(scope="module")
async def shared_app(open_app: FastAPI) -> FastAPI:
    return open_app


async def take_away(client: AsyncClient, user_id: object) -> list[int]:
    """Try all that could end a user's rights."""
    path = f"{USERS}/{user_id}"
    answers = [await client.patch(path, json=loss) for loss in LOSSES]
    answers.append(await client.delete(path))
    for answer in answers:
        if answer.status_code == 409:
            assert_problem(answer, 409, KEPT)
    return [each.status_code for each in answers]


async def test_administrators_cannot_take_their_own_rights(app: FastAPI) -> None:
    first, second = await person(app), await person(app)

    assert await take_away(first.client, first.user_id) == [409] * 4
    renamed = await first.client.patch(f"{USERS}/{first.user_id}", json={"name": "New"})
    assert renamed.json()["name"] == "New"
    assert await take_away(second.client, first.user_id) == [200, 200, 200, 204]
    assert (await second.client.get(USERS)).status_code == 200


async def test_of_two_who_take_each_others_rights_the_second_has_none(database: Database) -> None:
    people = [
        UserCreate.model_validate({"email": f"{n}@example.com", "name": str(n), "admin": True})
        for n in range(2)
    ]
    async with database.writing() as session:
        first, second = [(await UserService(session).create(each)).id for each in people]
    loss = UserUpdate.model_validate({"admin": False})

    async def take(by: UUID, of: UUID) -> None:
        async with database.writing() as session:
            await UserService(session, frozenset({by})).update(of, loss)

    async with database.writing() as session:
        await UserService(session, frozenset({first})).update(second, loss)
        later = asyncio.create_task(take(second, first))

    with pytest.raises(ForbiddenError):
        await later


async def test_development_user_is_kept_while_no_token_is_required(
    app: FastAPI, client: AsyncClient, other: AsyncClient
) -> None:
    for administrator in (client, other):
        assert await take_away(administrator, DEVELOPER) == [409] * 4
    assert await works(client)


async def test_former_development_user_can_be_deleted(postgres_url: str | None) -> None:
    settings = make_settings(postgres_url or "sqlite://", token_required=True)
    async with running(settings) as app:
        administrator = await person(app)
        assert await take_away(administrator.client, DEVELOPER) == [200, 200, 200, 204]


async def works(client: AsyncClient) -> bool:
    """Return whether the development user can read and create."""
    me, users = await client.get(ME), await client.get(USERS)
    made = await client.post(TOKENS, json={"name": "key", "scopes": ["admin"]})
    statuses = [me.status_code, users.status_code, made.status_code]
    return statuses == [200, 200, 201] and me.json()["id"] == str(DEVELOPER)


async def test_no_request_without_a_token_breaks_those_after_it(
    app: FastAPI, client: AsyncClient
) -> None:
    caller = Caller(app, client)
    for operation in PROTECTED:
        path = await caller.path(operation)
        if operation in FOR_ADMINISTRATORS:
            path = dict.fromkeys(path, str(DEVELOPER))
        url, query = operation.path.format(**path), caller.query(operation)
        body = next(iter(await caller.bodies(operation)), None)
        response = await client.request(operation.method, url, params=query, json=body)
        assert response.status_code < 500
        assert (await client.get(ME)).json()["id"] == str(DEVELOPER), operation
    assert await works(client)


async def test_development_user_is_made_although_another_has_the_address(
    database: Database,
) -> None:
    async with database.writing() as session:
        users = UserService(session)
        await users.delete(DEVELOPER)
        await users.create(UserCreate(email="developer@example.com", name="Somebody"))

    await add_developer(database)
    await add_developer(database)

    async with database.reading() as session:
        found = (await UserService(session).find(UserQuery(sort="email"))).items
    assert [user.name for user in found] == ["Developer", "Somebody"]
    assert found[0].id == DEVELOPER
