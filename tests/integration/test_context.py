"""Around every request: its id, common headers, one log line, and what is counted."""

import json
import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from src.core.logs import JsonFormatter, TextFormatter, request_id
from tests.api import THINGS, assert_problem, create_thing
from tests.apps import client_of, make_settings, running


async def test_request_id_of_the_client_comes_back(client: AsyncClient) -> None:
    response = await client.get("/health", headers={"X-Request-ID": "client-1.a_B"})

    assert response.headers["x-request-id"] == "client-1.a_B"


@pytest.mark.parametrize("wrong", ["", "a b", "a" * 65, "a\\n", "<script>", "PLANTED\x7f"])
async def test_unusable_request_id_is_replaced(client: AsyncClient, wrong: str) -> None:
    first = await client.get("/nothing", headers={"X-Request-ID": wrong})
    second = await client.get("/nothing", headers={"X-Request-ID": wrong})

    ids = {each.headers["x-request-id"] for each in (first, second)}
    assert len(ids) == 2
    assert wrong not in ids
    assert_problem(first, 404, "Not Found")


async def test_every_answer_has_the_security_headers(client: AsyncClient) -> None:
    thing = await create_thing(client)
    path = f"{THINGS}/{thing['id']}"

    for response in (
        await client.get(path),
        await client.get(path, headers={"If-None-Match": '"1"'}),
        await client.get("/nothing"),
        await client.put(path),
        await client.post(THINGS, content=b"x" * 2_000_000),
    ):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["cache-control"] == "private, no-cache"
        assert response.headers["content-security-policy"].startswith("default-src 'self'")
        assert "server" not in response.headers


async def test_log_line_has_the_template_and_nothing_of_the_client(
    client: AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="src"):
        await client.get(f"{THINGS}/planted?planted=planted", headers={"X-Other": "planted"})
        await client.get("/planted")
        await client.request("PLANTED", "/health")

    lines = [record.getMessage() for record in caplog.records if record.name.startswith("src")]
    assert lines == [f"GET {THINGS}/{{thing_id}} 404", "GET other 404", "other /health 405"]


def test_json_lines_carry_the_request_id_the_fields_and_the_exception() -> None:
    request_id.set("id-1")
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        record = logging.LogRecord(
            "name", logging.ERROR, "path", 1, "Line %s\n2", (1,), sys.exc_info()
        )
    record.fields = {"error_id": "e"}

    line = JsonFormatter().format(record)

    assert "\n" not in line
    parsed = json.loads(line)
    assert parsed["message"] == "Line 1\n2"
    assert (parsed["level"], parsed["logger"]) == ("ERROR", "name")
    assert (parsed["request_id"], parsed["error_id"]) == ("id-1", "e")
    assert "ZeroDivisionError" in parsed["exception"]
    assert parsed["time"].endswith("+00:00")


def test_text_lines_carry_the_same_for_people() -> None:
    request_id.set("id-2")
    record = logging.LogRecord("name", logging.INFO, "path", 1, "Line", (), None)
    record.fields = {"milliseconds": 1.5}

    assert TextFormatter().format(record) == "Line milliseconds=1.5 [id-2]"


def test_production_logs_json_and_development_text() -> None:
    program = (
        "import logging; from src.core.config import get_settings;"
        "from src.core.logs import configure_logging; configure_logging(get_settings());"
        "logging.getLogger('uvicorn.error').info('started');"
        "logging.getLogger('uvicorn.access').info('GET /?secret')"
    )
    lines = {
        environment: subprocess.run(
            [sys.executable, "-c", program],
            env={
                "ENVIRONMENT": environment,
                "DATABASE_URL": "sqlite:///unused.db",
                "AUTH_REQUIRED": "true",
            },
            capture_output=True,
            text=True,
            check=True,
        ).stderr
        for environment in ("production", "development")
    }

    assert json.loads(lines["production"])["message"] == "started"
    assert lines["development"] == "INFO    started [-]\n"


@pytest.fixture
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
    sample = 'database_failures_total{error="ConflictError"}'
    before = await value_of(measured, sample)

    await create_thing(measured, name="Apollo")
    await measured.post(THINGS, json={"name": "Apollo"})

    assert await value_of(measured, sample) == before + 1


async def test_turns_at_the_database_are_shown(measured: AsyncClient) -> None:
    assert await value_of(measured, 'database_turns{lane="write"}') == 1
    assert await value_of(measured, 'database_turns_taken{lane="write"}') == 0
    assert await value_of(measured, 'database_turns_waiting{lane="write"}') == 0


async def test_metrics_are_served_only_when_asked_for(client: AsyncClient) -> None:
    assert_problem(await client.get("/metrics"), 404, "Not Found")


async def test_metrics_are_not_in_the_openapi_document(app: FastAPI) -> None:
    assert "/metrics" not in app.openapi()["paths"]


def test_several_workers_count_together(tmp_path: Path) -> None:
    def run(program: str) -> str:
        prepared = f"from src.core.metrics import FAILURES, rendered; {program}"
        return subprocess.run(
            [sys.executable, "-c", prepared],
            env={"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    for _ in range(3):
        run("FAILURES.labels('ConflictError').inc()")

    assert 'database_failures_total{error="ConflictError"} 3.0' in run("print(rendered().decode())")
