import asyncio
import json
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from pydantic import BaseModel

from src.jobs.handlers import AnyHandler, Handler, found
from src.jobs.work import Work
from tests.api import Json, assert_problem
from tests.contract.facts import where
from tests.contract.fields import rounds
from tests.job_contract.facts import JOBS, JobFacts
from tests.jobs import Jobs

BYTES, LEVELS = 65_536, 32
"""The most that a job may be given; each of its fields may have as many."""


class Running(JobFacts):
    """Jobs that run to their end, fail or are cancelled."""

    async def test_job_runs_and_shows_its_result(self, client: AsyncClient, jobs: Jobs) -> None:
        job = await self.create(client, **await self.whole(client))

        assert await jobs.run() == 1

        job = await self.shown(client, job)
        assert (job["status"], job["error"]) == ("succeeded", None)
        assert [*job["result"]] == [*self.result]

    async def test_valid_values_are_kept_and_run(
        self, client: AsyncClient, jobs: Jobs, subtests: pytest.Subtests
    ) -> None:
        body, fields = await self.new(client), self.fields.items()
        for values in rounds({name: field.taken for name, field in fields}):
            with subtests.test(f"{values!r:.80}"):
                response = await self.start(client, body | values)
                if reason := fault_of(body | values):
                    assert_problem(response, 422, f"What the job is given must {reason}.")
                    continue
                assert {name: response.json()["payload"][name] for name in values} == values
                assert await jobs.run() == 1
                assert (await self.shown(client, response.json()))["status"] == "succeeded"

    @where(lambda kind: kind.references())
    async def test_job_whose_row_is_gone_fails_with_a_reason(
        self, client: AsyncClient, jobs: Jobs, subtests: pytest.Subtests
    ) -> None:
        for name, field in self.references().items():
            with subtests.test(name):
                job = await self.create(client, **await self.whole(client))
                target = self.target_of(field)
                row = {"id": job["payload"][name]}
                assert (await client.delete(target.path_of(row))).status_code == 204

                await jobs.run()

                job = await self.shown(client, job)
                assert (job["status"], job["error_code"]) == ("failed", "not_found")
                assert job["error"] == f"There is no such {target.words}."

    async def test_cancellation_ends_the_code_after_its_first_progress(
        self, app: FastAPI, client: AsyncClient
    ) -> None:
        """It tells its progress and awaits something: there the worker can end it."""
        cancelled = Cancelled(app, client, found()[self.kind])
        job = await self.create(client)

        assert await cancelled.jobs.run() == 1

        assert cancelled.has_told
        assert cancelled.has_ended
        job = await self.shown(client, job)
        assert (job["status"], job["result"]) == ("cancelled", None)


def fault_of(body: Json) -> str:
    """Return what the fields break together."""
    if levels(body) > LEVELS:
        return (
            f"be JSON of at most {LEVELS} levels, "
            "without NaN, infinity, NUL characters and lone surrogates"
        )
    size = len(json.dumps(body, ensure_ascii=False).encode())
    return f"have at most {BYTES} bytes" if size > BYTES else ""


def levels(value: Any) -> int:
    items = [*value.values()] if isinstance(value, dict) else value
    return 1 + max(map(levels, items), default=0) if isinstance(items, list) else 0


class Cancelled:
    """Runs a job whose owner cancels it, until the worker sees that: after the first progress."""

    def __init__(self, app: FastAPI, client: AsyncClient, handler: AnyHandler) -> None:
        self._client, self._run = client, handler.run
        self.jobs = Jobs(app, Handler(handler.kind, self.run))
        self.has_told = self.has_ended = False

    async def run(self, work: Work[Any]) -> BaseModel | None:
        await self._client.post(f"{JOBS}/{work.lease.id}/cancellation")
        told = work.progress

        def progress(*args: Any, **options: Any) -> None:
            told(*args, **options)
            self.has_told = True
            (attempt,) = self.jobs.runner.attempts
            attempt.end("cancelled")

        work.progress = progress  # type: ignore[method-assign]  # it tells when
        try:
            return await self._run(work)
        except asyncio.CancelledError:
            self.has_ended = True
            raise
