"""Who may read /metrics: the holder of its own token, whether or not the database answers."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fastapi import Depends
from httpx import AsyncClient, Response
from pydantic import ValidationError

from src.api.capability import Capability
from src.api.metrics import metrics
from src.core.errors import ForbiddenError
from src.core.safety import refuse_hazards
from src.main import create_app
from tests.api import assert_problem
from tests.apps import client_of, make_settings

TOKEN = "0123456789abcdef0123456789abcdef"  # noqa: S105
WHAT_TO_SEND = "Send METRICS_TOKEN: Authorization: Bearer ..."


async def forbid_everything() -> None:
    msg = "A guard of the API was asked."
    raise ForbiddenError(msg)


@asynccontextmanager
async def served(tmp_path: Path, **settings: object) -> AsyncIterator[AsyncClient]:
    """Serve metrics beside a guard that lets nobody in, without a database."""
    url = f"sqlite:///{tmp_path}/missing/service.db"
    guarded = Capability(name="guarded", guards=[Depends(forbid_everything)])
    app = create_app(make_settings(url, metrics=True, **settings), [guarded, metrics])
    async with app.router.lifespan_context(app), client_of(app) as client:
        assert (await client.get("/health/ready")).status_code == 503
        yield client


async def ask(client: AsyncClient, authorization: str | None) -> Response:
    value = None if authorization is None else authorization.encode("latin-1")
    headers = {} if value is None else {b"Authorization": value}
    return await client.get("/metrics", headers=headers)


@pytest.mark.parametrize("environment", ["development", "production"])
async def test_token_is_needed_and_nothing_else(
    tmp_path: Path, environment: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "src")
    async with served(tmp_path, environment=environment, metrics_token=TOKEN) as client:
        for authorization in (f"Bearer {TOKEN}", f"bearer {TOKEN}"):
            answer = await ask(client, authorization)
            assert answer.status_code == 200
            assert "http_request_duration_seconds" in answer.text
        for wrong in (
            None,
            "",
            "Bearer",
            "Bearer ",
            f"Bearer {TOKEN[:-1]}",
            f"Bearer {TOKEN}0",
            f"Bearer {TOKEN.upper()}",
            f"Basic {TOKEN}",
            TOKEN,
            "Bearer \xe9\xff",
            "Bearer svc_0123456789abcdef",
        ):
            answer = await ask(client, wrong)
            assert_problem(answer, 401, WHAT_TO_SEND)
            assert answer.headers["www-authenticate"] == "Bearer"
        assert (await client.get("/metrics", params={"token": TOKEN})).status_code == 401
    assert TOKEN not in caplog.text


async def test_without_a_token_development_serves_everybody(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        assert (await ask(client, None)).status_code == 200


async def test_without_a_token_production_serves_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(tmp_path, environment="production") as client:
        for authorization in (None, "Bearer ", f"Bearer {TOKEN}", "Bearer None"):
            assert_problem(await ask(client, authorization), 404, "Not Found")

    assert "METRICS_TOKEN is not set: production does not serve /metrics." in caplog.messages


def test_production_refuses_a_token_that_can_be_guessed() -> None:
    short = make_settings("sqlite://", metrics_token=TOKEN[:-1], environment="production")
    long = make_settings("sqlite://", metrics_token=TOKEN, environment="production")

    with pytest.raises(SystemExit, match="METRICS_TOKEN can be guessed: it needs at") as refusal:
        refuse_hazards(short)

    assert TOKEN[:-1] not in f"{refusal.value} {short!r}"
    assert [each for each in long.hazards() if "METRICS_TOKEN" in each] == []
    refuse_hazards(make_settings("sqlite://", metrics_token="short"))  # noqa: S106


@pytest.mark.parametrize("token", ["two words", "é" * 32, "line\nbreak" * 4, "x" * 1001])
def test_token_that_no_header_can_carry_is_refused(token: str) -> None:
    with pytest.raises(ValidationError, match="printable") as refusal:
        make_settings("sqlite://", metrics_token=token)

    assert token not in str(refusal.value)
