import pytest
from httpx import AsyncClient

from tests.api import UNKNOWN_ID, assert_invalid, assert_problem, assert_unknown
from tests.contract.facts import where
from tests.contract.fields import rounds
from tests.job_contract.facts import JOBS, JobFacts


class Starting(JobFacts):
    """Requests that start jobs, and those that are refused."""

    async def test_request_starts_a_job(self, client: AsyncClient) -> None:
        body = await self.new(client)

        response = await self.start(client, body)

        job = response.json()
        assert response.status_code == 202
        assert response.headers["location"] == f"{JOBS}/{job['id']}"
        assert (job["kind"], job["status"]) == (self.kind, "queued")
        defaults = {name: field.shown_default for name, field in self.fields.items()}
        assert job["payload"] == defaults | body
        assert await self.started(client) == [job]

    async def test_wrong_values_are_refused_and_named(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        body, fields = await self.new(client), self.fields.items()
        for values in rounds({name: field.refused for name, field in fields}):
            with subtests.test(f"{values!r:.80}"):
                response = await self.start(client, body | values)
                assert response.status_code == 422
                assert {*response.json()["errors"]} == {f"body.{name}" for name in values}
        assert await self.started(client) == []

    @where(lambda kind: any(field.padded for field in kind.fields.values()))
    async def test_white_space_around_text_is_dropped(self, client: AsyncClient) -> None:
        padded = {name: field.padded for name, field in self.fields.items() if field.padded}

        job = await self.create(client, **{name: sent for name, (sent, _) in padded.items()})

        kept = {name: kept for name, (_, kept) in padded.items()}
        assert job["payload"] == job["payload"] | kept

    async def test_unknown_field_is_refused(self, client: AsyncClient) -> None:
        response = await self.start(client, await self.new(client) | self.foreign())

        assert_unknown(response, "body", self.fields)

    @where(lambda kind: kind.required())
    async def test_missing_field_is_named(self, client: AsyncClient) -> None:
        body = await self.new(client)
        for name in body:
            rest = {each: value for each, value in body.items() if each != name}
            assert_invalid(await self.start(client, rest), {f"body.{name}": ["Field required"]})

    async def test_repeated_request_with_a_key_starts_one_job(self, client: AsyncClient) -> None:
        body, key = await self.new(client), {"Idempotency-Key": "first"}

        first, second = [await self.start(client, body, **key) for _ in range(2)]

        assert first.json() == second.json()
        assert await self.started(client) == [first.json()]

    @where(lambda kind: kind.references())
    async def test_row_that_is_not_the_callers_is_refused(
        self, client: AsyncClient, other: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        """The same for what does not exist and for what is somebody else's."""
        for name, field in self.references().items():
            target = self.target_of(field)
            others = [(await target.create(other))["id"]] if target.owned else []
            missing = f"There is no such {target.words}."
            for value in (UNKNOWN_ID, *others):
                with subtests.test(f"{name}={value}"):
                    response = await self.start(client, await self.new(client, **{name: value}))
                    errors = {f"body.{name}": [missing]}
                    assert_problem(response, 409, missing, errors=errors)
        assert await self.started(client) == []
