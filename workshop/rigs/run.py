"""A mixed run of 2,000 requests, while a rig interrupts it, and the comparison in the end."""

import time
from asyncio import TaskGroup, gather
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from httpx import AsyncClient
from sqlalchemy import URL

from src.core.database import Database
from tests.access import issue_token
from tests.api import Json
from tests.apps import make_settings
from workshop.rigs.clients import run_sql, until
from workshop.rigs.mixed import Mixed
from workshop.rigs.steps import PATH, REQUESTS_OF_A_ROUND, Writer

WRITERS = 8
ROUNDS = 10
REQUESTS = WRITERS * ROUNDS * REQUESTS_OF_A_ROUND
QUARTER = REQUESTS // 4
SETTINGS: dict[str, Any] = {
    "token_required": True,
    # Limits that no machine meets by chance.
    "database_pool_wait": 10,
    "database_statement_timeout": 15,
    "request_deadline": 28,
}
PROJECTS, PROJECT = "/api/v1/projects", {"name": "mixed"}
SAVED = "SELECT name, version, description FROM experiments"


async def quiet(_: Mixed) -> None:
    """Interrupt nothing."""


@dataclass(frozen=True)
class Rig:
    """A service with its components, and how the run is interrupted."""

    client: AsyncClient
    url: URL
    """The database itself, past all components."""
    log: Path
    interrupt: Callable[[Mixed], Coroutine[Any, Any, None]] = quiet
    writers: int = WRITERS
    rounds: int = ROUNDS
    writer: type[Writer] = Writer
    seconds: float = 0
    """How long further writers follow those that have ended their rounds."""


async def run_mixed(rig: Rig) -> Mixed:
    """Return the books of the run; what was wrong is in them."""
    ledger = Mixed()
    database = Database(make_settings(rig.url))
    issued = await issue_token(database)
    await database.dispose()
    rig.client.headers["Authorization"] = f"Bearer {issued.token}"
    project = await ledger.ask(rig.client, "POST", PROJECTS, 201, json=PROJECT)
    async with TaskGroup() as tasks:
        tasks.create_task(_interrupt(ledger, rig))
        names = [f"writer-{n}" for n in range(rig.writers)]
        await gather(*(_write(ledger, rig, project.json()["id"], name) for name in names))
        ledger.ended = True
    await _compare(ledger, rig)
    return ledger


async def _write(ledger: Mixed, rig: Rig, project_id: str, name: str) -> None:
    ends = time.monotonic() + rig.seconds
    await rig.writer(ledger, rig.client, project_id, name).run(rig.rounds)
    for number in count(1):
        if time.monotonic() >= ends:
            return
        following = rig.writer(ledger, rig.client, project_id, f"{name}-{number}")
        await following.run(rig.rounds)


async def _interrupt(ledger: Mixed, rig: Rig) -> None:
    try:
        await rig.interrupt(ledger)
    except TimeoutError:
        ledger.wrong.append(f"the run ended before what should interrupt it: {ledger}")


async def recovery(ledger: Mixed, client: AsyncClient) -> None:
    """Write as often as can be until the latest outage is over, and note the seconds."""

    async def writes() -> bool:
        answer = await ledger.send(client, "POST", PROJECTS, "a probe", json=PROJECT)
        return answer is not None and answer.status_code == 409  # the project is there

    await until(writes, 30)
    outage = ledger.outages[-1]
    outage.recovered = time.monotonic() - outage.start


async def _compare(ledger: Mixed, rig: Rig) -> None:
    """Hold the books against the service's last word and against the database's."""
    kept = {name: row.body for name, row in ledger.rows.items()}
    answered = {each["name"]: each for each in await _all(ledger, rig.client)}
    saved = run_sql(rig.url, SAVED)
    _note_differences(ledger, "is answered", kept, answered)
    facts = {name: (row["version"], row["description"]) for name, row in kept.items()}
    rows = {name: (version, description) for name, version, description in map(tuple, saved)}
    _note_differences(ledger, "is saved", facts, rows)
    if len(saved) != len(rows):
        ledger.wrong.append(f"doubled: {len(saved)} rows have {len(rows)} names")


def _note_differences[Kept](
    ledger: Mixed, where: str, kept: dict[str, Kept], found: dict[str, Kept]
) -> None:
    for name in sorted((kept.keys() | found.keys()) - ledger.doubtful):
        if kept.get(name) != found.get(name):
            ledger.wrong.append(f"{kept.get(name)} acknowledged, {found.get(name)} {where}")


async def _all(ledger: Mixed, client: AsyncClient) -> list[Json]:
    items: list[Json] = []
    query: dict[str, str | int] = {"sort": "id", "limit": 100}
    while True:
        page = (await ledger.ask(client, "GET", PATH, 200, params=query)).json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        query["cursor"] = page["next_cursor"]
