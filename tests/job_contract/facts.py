"""The facts of a kind of jobs, and the requests that are made of them."""

from collections.abc import Sequence
from typing import ClassVar

from httpx import AsyncClient, Response

from tests.api import Json
from tests.contract.facts import Facts

JOBS = "/api/v1/jobs"


class JobFacts(Facts):
    words, owned, is_listed = "job", True, False

    kind: ClassVar[str]
    result: ClassVar[Sequence[str]]
    """The names in the result."""

    @classmethod
    async def start(cls, client: AsyncClient, body: Json, **headers: str) -> Response:
        return await client.post(cls.path, json=body, headers=headers)

    @classmethod
    async def create(cls, client: AsyncClient, /, **fields: object) -> Json:
        response = await cls.start(client, await cls.new(client, **fields))
        assert response.status_code == 202, response.text
        job: Json = response.json()
        return job

    @classmethod
    async def shown(cls, client: AsyncClient, job: Json) -> Json:
        response = await client.get(f"{JOBS}/{job['id']}")
        assert response.status_code == 200, response.text
        shown: Json = response.json()
        return shown

    @classmethod
    async def started(cls, client: AsyncClient) -> list[Json]:
        page = (await client.get(JOBS, params={"kind": cls.kind, "limit": 100})).json()
        jobs: list[Json] = page["items"]
        return jobs
