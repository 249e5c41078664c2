"""Jobs that are given the ids of rows."""

from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from pydantic import BaseModel

from src.core.errors import MissingReferenceError
from src.models.token import Token
from src.schemas.job import Kind
from tests.access import issue_token
from tests.api import UNKNOWN_ID, create_thing
from tests.apps import database_of
from tests.jobs import Jobs
from tests.things import Thing


class About(BaseModel):
    thing_id: UUID
    token_id: UUID | None = None


ABOUT = Kind("about", About, references={"thing_id": Thing, "token_id": Token})


async def test_job_is_given_rows_of_its_owner(client: AsyncClient, jobs: Jobs) -> None:
    thing = await create_thing(client)
    key = (await client.post("/api/v1/tokens", json={"name": "a", "scopes": ["read"]})).json()

    without = await jobs.add(kind=ABOUT, payload=About(thing_id=thing["id"]))
    job = await jobs.add(kind=ABOUT, payload=About(thing_id=thing["id"], token_id=key["id"]))

    assert without.payload == {"thing_id": thing["id"], "token_id": None}
    assert job.payload == {"thing_id": thing["id"], "token_id": key["id"]}


@pytest.mark.parametrize("owner", ["nobody", "another user", "nobody at all"])
async def test_row_that_its_owner_does_not_have_is_named(
    app: FastAPI, client: AsyncClient, jobs: Jobs, owner: str
) -> None:
    """What does not exist is refused in the same words as what is another user's."""
    thing = await create_thing(client)
    await issue_token(database_of(app))
    ((theirs,),) = await jobs.sql("SELECT id FROM tokens")
    token_id = UNKNOWN_ID if owner == "nobody" else str(theirs)
    options: dict[str, Any] = {"owner_id": None} if owner == "nobody at all" else {}

    with pytest.raises(MissingReferenceError) as refused:
        await jobs.add(
            kind=ABOUT, payload=About(thing_id=thing["id"], token_id=UUID(token_id)), **options
        )

    assert str(refused.value) == "There is no such token."
    assert refused.value.fields == ("token_id",)
    assert (await client.get("/api/v1/jobs")).json()["items"] == []


async def test_first_row_that_is_missing_is_named(client: AsyncClient, jobs: Jobs) -> None:
    unknown = UUID(UNKNOWN_ID)

    with pytest.raises(MissingReferenceError, match="There is no such thing.") as refused:
        await jobs.add(kind=ABOUT, payload=About(thing_id=unknown, token_id=unknown))

    assert refused.value.fields == ("thing_id",)
