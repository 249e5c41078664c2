"""The context of every request: its id, common headers, and one log line."""

import json
import logging
import sys
from collections.abc import Iterator

import pytest
from fastapi import APIRouter, FastAPI, Request
from httpx import AsyncClient

from src.api.context import template_of
from src.core.logs import JsonFormatter, TextFormatter, configure_logging, request_id
from tests.api import THINGS, assert_problem, create_thing
from tests.apps import client_of, make_settings


async def test_request_id_of_the_client_is_returned(client: AsyncClient) -> None:
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


async def test_log_line_has_the_template_and_no_text_of_the_client(
    client: AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="src"):
        await client.get(f"{THINGS}/planted?planted=planted", headers={"X-Other": "planted"})
        await client.get("/planted")
        await client.head("/health")
        await client.request("PLANTED", "/health")

    lines = [record.getMessage() for record in caplog.records if record.name.startswith("src")]
    assert lines == [
        f"GET {THINGS}/{{thing_id}} 422",
        "GET other 404",
        "HEAD /health 200",
        "other /health 405",
    ]


async def test_label_is_the_template_below_any_number_of_routers() -> None:
    """FastAPI has no public API for it: this fails if the private one changes."""
    inner, outer, app = APIRouter(prefix="/b"), APIRouter(prefix="/a"), FastAPI()
    labels: list[str] = []

    @inner.get("/{thing_id}")
    async def show(request: Request, thing_id: int) -> None:
        labels.append(f"{template_of(request.scope)} {thing_id}")

    outer.include_router(inner)
    app.include_router(outer, prefix="/api")
    async with client_of(app) as client:
        await client.get("/api/a/b/1")

    assert labels == ["/api/a/b/{thing_id} 1"]


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


def test_text_lines_carry_the_fields_and_the_request_id() -> None:
    request_id.set("id-2")
    record = logging.LogRecord("name", logging.INFO, "path", 1, "Line", (), None)
    record.fields = {"milliseconds": 1.5}

    assert TextFormatter().format(record) == "Line milliseconds=1.5 [id-2]"


SERVERS = ("uvicorn.error", "uvicorn.asgi", "uvicorn.access", "gunicorn.access")


@pytest.fixture
def own_logging() -> Iterator[None]:
    """Restore the loggers that `configure_logging` changes for the whole process."""
    outside_of_requests = request_id.set("-")
    names = (None, "src.core.queries", "aiosqlite", "uvicorn", *SERVERS)
    loggers = [logging.getLogger(name) for name in names]
    before = [(each.level, each.handlers[:], each.propagate) for each in loggers]
    yield
    for each, (level, handlers, propagate) in zip(loggers, before, strict=True):
        each.level, each.handlers, each.propagate = level, handlers, propagate
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = True
    request_id.reset(outside_of_requests)


@pytest.mark.usefixtures("own_logging")
def test_production_logs_json_and_development_text(capfd: pytest.CaptureFixture[str]) -> None:
    for environment in ("production", "development"):
        for name in SERVERS:  # as the options of the servers set them
            logging.getLogger(name).setLevel(5)
            logging.getLogger(name).addHandler(logging.StreamHandler())
        configure_logging(make_settings("sqlite://", environment=environment))
        logging.getLogger("uvicorn.error").info("started")
        for name in SERVERS:
            logging.getLogger(name).log(5, "GET /?secret")
        for name in SERVERS[2:]:
            logging.getLogger(name).info("GET /?secret")

    production, development = capfd.readouterr().err.splitlines()
    assert json.loads(production)["message"] == "started"
    assert development == "INFO    started [-]"
