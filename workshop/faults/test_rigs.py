"""2,000 mixed requests through each set-up: nothing is lost, doubled or wrong, and no 500."""

import re
from collections import Counter
from functools import partial
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import URL

from workshop.rigs.pairs import behind_a_forwarder, two_hosts, with_a_replica
from workshop.rigs.postgres import Pair
from workshop.rigs.run import REQUESTS, Rig, run_mixed
from workshop.rigs.service import gunicorn
from workshop.rigs.setups import Setup, behind_nginx, direct, pooled, two_workers

BEFORE: dict[str, Setup[URL]] = {"direct": direct, "nginx": behind_nginx}
"""On SQLite: what stands before the service knows nothing about its database."""
SETUPS: dict[str, Setup[URL]] = {
    "direct": direct,
    "PgBouncer, sessions": partial(pooled, mode="session"),
    "PgBouncer, transactions": partial(pooled, mode="transaction"),
    "two workers": two_workers,
    "gunicorn": partial(two_workers, server=gunicorn),
}
PAIRS: dict[str, Setup[Pair]] = {
    "forwarder": behind_a_forwarder,
    "two hosts": two_hosts,
    "replica": with_a_replica,
}
EXCEPTION = re.compile(r"^[\w.]*(?:Error|Exception|Statement\w*)\b.*", re.MULTILINE)


async def hold(rig: Rig) -> None:
    started = monotonic()
    ledger = await run_mixed(rig)
    print(ledger, f"{ledger.answered} answered in {monotonic() - started:.1f} s", sep="; ")
    if ledger.wrong:
        logged = Counter(EXCEPTION.findall(rig.log.read_text(encoding="utf-8"))).most_common(10)
        report = [f"{len(ledger.wrong)} wrong, {ledger}", *ledger.wrong[:10], f"Log: {logged}"]
        pytest.fail("\n".join(report))
    assert ledger.answered >= REQUESTS


@pytest.mark.parametrize("name", BEFORE)
async def test_2000_mixed_requests_on_sqlite(
    name: str, url: URL, tmp_path: Path, postgres: URL | None
) -> None:
    if postgres is not None:
        pytest.skip("This is about SQLite.")
    async with BEFORE[name](url, tmp_path) as rig:
        await hold(rig)


@pytest.mark.usefixtures("postgres_only")
@pytest.mark.parametrize("name", SETUPS)
async def test_2000_mixed_requests(name: str, url: URL, tmp_path: Path) -> None:
    async with SETUPS[name](url, tmp_path) as rig:
        await hold(rig)


@pytest.mark.parametrize("name", PAIRS)
async def test_2000_mixed_requests_while_servers_change(
    name: str, servers: Pair, tmp_path: Path
) -> None:
    async with PAIRS[name](servers, tmp_path) as rig:
        await hold(rig)
