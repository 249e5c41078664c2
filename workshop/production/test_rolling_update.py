"""A rolling update under load: no request fails, streams resume, jobs run once."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import URL

from tests.databases import build
from workshop.jobs.rig import rigged
from workshop.jobs.service import STEPS
from workshop.production.followers import Follower
from workshop.production.releases import dropping, migrate, release
from workshop.production.rollout import Rollout
from workshop.rigs.clients import client_of, run_sql
from workshop.rigs.mixed import Mixed
from workshop.rigs.nginx import PREFIX, balanced
from workshop.rigs.run import SETTINGS, Rig, run_mixed
from workshop.rigs.service import served
from workshop.rigs.steps import REQUESTS_OF_A_ROUND

REQUESTS, WRITERS = 20_000, 16
ROUNDS = REQUESTS // (WRITERS * REQUESTS_OF_A_ROUND) + 1
JOBS = 40
FOLLOWED, FOLLOWED_SECONDS = 4, 40
"""Jobs whose events are followed, for longer than a release takes to replace the one before."""
SERVICE: dict[str, Any] = {
    "app": "workshop.jobs.service:service",
    "uvicorn_root_path": PREFIX,
    "drain_seconds": 2,
    "grace": 10,
} | SETTINGS
TEAM = ("field", "add", "project", "team:str:optional")
HAS_TEAM = "SELECT FROM information_schema.columns WHERE column_name = 'team'"


@pytest.fixture
def url(postgres: URL | None, empty_url: URL) -> URL:
    if postgres is None:
        pytest.skip("A rolling update needs a server that several instances share.")
    build(empty_url)
    return empty_url


async def start_jobs(client: AsyncClient, seconds: float, jobs: int) -> list[str]:
    """Start jobs that take that long, and return their paths."""
    steps = {"seconds": seconds, "steps": 10}
    answers = [await client.post(STEPS, json=steps) for _ in range(jobs)]
    assert [each.status_code for each in answers] == jobs * [202]
    return [f"/api/v1/jobs/{each.json()['id']}" for each in answers]


async def test_no_request_fails_while_two_releases_follow(url: URL, tmp_path: Path) -> None:
    first = release(tmp_path, "first")
    second = release(tmp_path, "second", TEAM)
    third = release(tmp_path, "third")
    dropping(third, second, "projects", "team")
    start = partial(served, url, tmp_path, **SERVICE)
    async with (
        rigged(url, tmp_path) as jobs,
        AsyncExitStack() as stack,
    ):
        rollout = Rollout(lambda tree: start(tree=tree), jobs, stack)
        ports = await rollout.begin(first, instances=2)
        # nginx closes idle connections when it is told of other instances: none is idle.
        proxy = await stack.enter_async_context(balanced(*ports, idle="0"))
        client = await stack.enter_async_context(client_of(proxy.port, PREFIX))
        followers: list[Follower] = []

        async def roll(ledger: Mixed) -> None:
            await ledger.reach(REQUESTS // 20)
            paths = await start_jobs(client, FOLLOWED_SECONDS, FOLLOWED)
            token = client.headers["Authorization"]
            followers.extend(Follower(proxy.port, PREFIX + path, token) for path in paths)
            await start_jobs(client, 1, JOBS)
            async with asyncio.TaskGroup() as tasks:
                for each in followers:
                    tasks.create_task(each.follow())
                await migrate(second, url)  # expand
                await rollout.replace_all(second, proxy)
                assert run_sql(url, HAS_TEAM)
                await rollout.replace_all(third, proxy)
                await migrate(third, url)  # contract
                was_under_load = not ledger.ended
            if not was_under_load:
                raise TimeoutError

        rig = Rig(client, url, tmp_path / "service.log", roll, WRITERS, ROUNDS)
        ledger = await run_mixed(rig)

        print(ledger, *followers, sep="\n")
        assert not ledger.wrong
        assert ledger.answered >= REQUESTS
        assert not run_sql(url, HAS_TEAM)
        assert rollout.replaced == 4
        await jobs.until("status = 'succeeded'", JOBS + FOLLOWED, 60)
        assert jobs.entries() == (JOBS + FOLLOWED, JOBS + FOLLOWED)
        for each in followers:
            assert each.connections > 1
            assert each.ids == [*range(1, len(each.ids) + 1)]
