"""The metrics capability: its counts, and access to them."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from src.core.safety import refuse_hazards
from tests.api import THINGS, assert_problem, create_thing
from tests.apps import client_of, make_settings, running


@pytest.fixture(scope="module")
async def measured() -> AsyncIterator[AsyncClient]:
    async with (
        running(make_settings("sqlite://", metrics=True)) as app,
        client_of(app) as client,
    ):
        yield client


async def value_of(client: AsyncClient, sample: str) -> float:
    lines = (await client.get("/metrics")).text.splitlines()
    found = [line for line in lines if line.startswith(f"{sample} ")]
    return float(found[0].split()[-1]) if found else 0.0


async def test_requests_are_counted_by_method_template_and_status(measured: AsyncClient) -> None:
    sample = (
        'http_request_duration_seconds_count{method="GET",'
        f'route="{THINGS}/{{thing_id}}",status="404"}}'
    )
    before = await value_of(measured, sample)

    for n in range(3):
        await measured.get(f"{THINGS}/{n}")

    assert await value_of(measured, sample) == before + 3


async def test_conflicts_are_counted(measured: AsyncClient) -> None:
    sample = 'database_failures_total{error="TakenError"}'
    before = await value_of(measured, sample)

    await create_thing(measured, name="Apollo")
    await measured.post(THINGS, json={"name": "Apollo"})

    assert await value_of(measured, sample) == before + 1


async def test_connections_are_counted_by_state(measured: AsyncClient) -> None:
    for state, number in {"size": 1, "used": 0, "awaited": 0}.items():
        sample = f'database_pool_connections{{pool="write",state="{state}"}}'
        assert await value_of(measured, sample) == number


async def test_metrics_are_off_by_default(client: AsyncClient) -> None:
    assert_problem(await client.get("/metrics"), 404, "Not Found")


async def test_metrics_are_not_in_the_openapi_document(app: FastAPI) -> None:
    assert "/metrics" not in app.openapi()["paths"]


def test_several_workers_count_together(tmp_path: Path) -> None:
    program = """
import os
from src.api.metrics import FAILURES, rendered

other_worker = os.fork()
FAILURES.labels("TakenError").inc()
if other_worker:
    os.waitpid(other_worker, 0)
    print(rendered().decode())
"""
    finished = subprocess.run(
        [sys.executable, "-c", program],
        env={"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "DATABASE_URL": "sqlite://"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert 'database_failures_total{error="TakenError"} 2.0' in finished.stdout


async def test_scrapers_may_call_any_host(measured: AsyncClient) -> None:
    assert (await measured.get("/metrics", headers={"Host": "10.0.0.1"})).status_code == 200


def test_several_workers_need_a_folder_for_their_counts() -> None:
    settings = make_settings("postgresql://localhost/db", metrics=True, web_concurrency=2)

    with pytest.raises(SystemExit, match="METRICS with several workers needs PROMETHEUS_MULTI"):
        refuse_hazards(settings)
