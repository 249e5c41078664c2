"""The service behind a real PgBouncer, which shares sessions of the database between clients."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, text

from src.core.engines import create_sync_engine
from tests.api import THINGS
from workshop.faults.service import FAULTY
from workshop.rigs.ledger import retry_after
from workshop.rigs.pgbouncer import Mode, pgbouncer
from workshop.rigs.run import SETTINGS, Rig, run_mixed
from workshop.rigs.service import served

pytestmark = pytest.mark.usefixtures("postgres_only")


async def test_pooler_that_mixes_up_prepared_statements_is_refused_with_the_remedy(
    url: URL, tmp_path: Path
) -> None:
    async with pgbouncer(url, "transaction") as pooler:
        with pytest.raises(AssertionError, match="DATABASE_PREPARED_STATEMENTS=false"):
            async with served(pooler, tmp_path):
                pass


@pytest.mark.parametrize("mode", ["session", "transaction"])
async def test_limits_hold_behind_a_pooler_and_the_session_is_good_afterwards(
    url: URL, tmp_path: Path, mode: Mode
) -> None:
    settings: dict[str, Any] = {
        "database_prepared_statements": mode == "session",
        "database_statement_timeout": 1,
    }
    async with (
        pgbouncer(url, mode) as pooler,
        served(pooler, tmp_path, app=FAULTY, **settings) as service,
    ):
        started = time.monotonic()
        answer = await service.client.get("/slow?seconds=8")
        seconds = time.monotonic() - started
        created = await service.client.post(THINGS, json={"name": "afterwards"})
    assert answer.status_code == 503
    assert retry_after(answer) > 0
    assert seconds < 7
    assert created.status_code == 201


async def test_migrations_leave_nothing_in_the_sessions_of_a_pooler(url: URL) -> None:
    """A statement that one of them had prepared would be in the way of the next."""

    def repeat(url: URL) -> None:
        with create_sync_engine(url).begin() as connection:
            for _ in range(10):  # more than what the driver waits for
                connection.execute(text("SELECT 1"))

    async with pgbouncer(url, "transaction", size=1) as pooler:
        for _ in range(2):
            await asyncio.to_thread(repeat, pooler)


@pytest.mark.parametrize("mode", ["session", "transaction"])
async def test_pooler_that_knows_prepared_statements_fails_no_request(
    url: URL, tmp_path: Path, mode: Mode
) -> None:
    async with (
        pgbouncer(url, mode, is_newer=True) as pooler,
        served(pooler, tmp_path, database_listen_url=url, **SETTINGS) as service,
    ):
        ledger = await run_mixed(Rig(service.client, url, tmp_path / "service.log", rounds=2))
    assert not ledger.wrong
    assert ledger.answered >= 300
