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

from src.api.counting import FOLDER, Counting
from src.api.metrics import rendered
from src.core.safety import refuse_hazards
from tests.api import THINGS, assert_problem, create_thing
from tests.apps import client_of, make_settings, running
from tests.live import asking


@pytest.fixture(scope="module")
async def measured_app() -> AsyncIterator[FastAPI]:
    async with running(make_settings("sqlite://", metrics=True)) as app:
        yield app


@pytest.fixture
async def measured(measured_app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with client_of(measured_app) as client:
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


async def test_capability_has_gauges_and_histograms(measured: AsyncClient) -> None:
    for value in (1, 3):
        Counting().measured("parrots", value, kind="grey")
        Counting().timed("parrot_song_seconds", value, kind="grey")

    assert await value_of(measured, 'parrots{kind="grey"}') == 3
    assert await value_of(measured, 'parrot_song_seconds_sum{kind="grey"}') == 4


async def test_connections_are_counted_by_state(measured: AsyncClient) -> None:
    for state, number in {"size": 1, "used": 0, "awaited": 0}.items():
        sample = f'database_pool_connections{{pool="write",state="{state}"}}'
        assert await value_of(measured, sample) == number


async def test_streams_are_counted_apart(measured: AsyncClient) -> None:
    thing = await create_thing(measured)
    route = f'route="{THINGS}/{{thing_id}}/events",status="200"'
    sample = f'http_stream_duration_seconds_count{{method="GET",{route}}}'
    request = f'http_request_duration_seconds_count{{method="GET",{route}}}'
    before = await value_of(measured, sample)

    await measured.get(f"{THINGS}/{thing['id']}/events")

    assert await value_of(measured, sample) == before + 1
    assert await value_of(measured, request) == 0


async def test_open_streams_are_counted(measured_app: FastAPI, measured: AsyncClient) -> None:
    thing = await create_thing(measured)
    async with asking(measured_app, "GET", f"{THINGS}/{thing['id']}/events") as (live, task):
        await live.start()
        assert await value_of(measured, "http_streams_open") == 1
        live.leave()
        await task

    assert await value_of(measured, "http_streams_open") == 0


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


def test_several_workers_need_a_folder_for_their_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FOLDER, raising=False)
    refuse_hazards(make_settings("postgresql://localhost/db", metrics=True))

    with pytest.raises(SystemExit, match=f"METRICS with several workers needs {FOLDER}"):
        refuse_hazards(make_settings("postgresql://localhost/db", metrics=True, web_concurrency=2))


@pytest.mark.parametrize("folder", ["", "none", "file", "long" * 1000])
def test_folder_that_cannot_be_used_ends_the_start_in_one_line(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").touch()
    environment = {"DATABASE_URL": "sqlite://", FOLDER: folder and f"{tmp_path}/{folder}"}

    done = subprocess.run(
        [sys.executable, "-c", "import src.main"],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    told = f"{FOLDER} has to name a directory that exists and is writable\n"
    assert (done.returncode, done.stderr) == (3, told)
