"""The metrics capability: its counts, and access to them."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from prometheus_client.mmap_dict import MmapedDict

from src.api.metrics import FOLDER, rendered
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


async def test_refused_requests_are_counted_by_reason(measured: AsyncClient) -> None:
    sample = 'requests_refused_total{reason="host"}'
    before = await value_of(measured, sample)

    await measured.get(THINGS, headers={"Host": "other"})

    assert await value_of(measured, sample) == before + 1


def test_connections_of_a_dead_worker_are_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen([sys.executable, "--version"], stdout=subprocess.DEVNULL) as ended:
        ended.wait()
    kept, forgotten, counted = (
        tmp_path / f"{kind}_{worker}.db"
        for kind, worker in (
            ("gauge_livesum", os.getpid()),
            ("gauge_livesum", ended.pid),
            ("counter", ended.pid),
        )
    )
    for file in (kept, forgotten, counted):
        MmapedDict(str(file)).close()  # type: ignore[no-untyped-call]  # the library lacks the types
    monkeypatch.setenv(FOLDER, str(tmp_path))

    rendered()

    assert {*tmp_path.iterdir()} == {kept, counted}


async def test_scrapers_may_call_any_host(measured: AsyncClient) -> None:
    assert (await measured.get("/metrics", headers={"Host": "10.0.0.1"})).status_code == 200


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("folder", [None, "", "none", "file"])
def test_several_workers_need_a_folder_for_their_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str | None, workers: int
) -> None:
    (tmp_path / "file").touch()
    settings = make_settings("postgresql://localhost/db", metrics=True, web_concurrency=workers)
    reason = "PROMETHEUS_MULTIPROC_DIR has to name a directory that exists"
    if folder is None:
        monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
        reason = "METRICS with several workers needs PROMETHEUS_MULTIPROC_DIR"
    else:
        monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", folder and f"{tmp_path}/{folder}")

    if folder is None and workers == 1:
        refuse_hazards(settings)
        return
    with pytest.raises(SystemExit, match=reason):
        refuse_hazards(settings)
