"""How many points a second one worker takes in, while the table grows to millions of them.

Every point comes over HTTP, in the largest batches that there may be.
``make -C workshop bench`` without arguments ends with it; it writes ``results/ingest.md``.
"""

from collections.abc import Iterator, Sequence
from itertools import count, islice
from math import sin
from pathlib import Path

import uvloop
from httpx import AsyncClient
from sqlalchemy import URL

from src.core.database import Database
from src.core.settings import Settings
from src.schemas.ml_metric import BATCH
from src.schemas.token import TokenCreate
from src.schemas.user import UserCreate
from src.services.access import SCOPES
from src.services.token import TokenService
from src.services.user import UserService
from workshop.benchmarks.databases import DATABASES, NewDatabase
from workshop.benchmarks.load import connected, drive
from workshop.benchmarks.measuring import Measurement
from workshop.benchmarks.operations import render
from workshop.benchmarks.servers import OURS, serving

EXPERIMENTS = "/api/v1/experiments"
CLIENTS = 4
RUNS = 20
"""Experiments, which record in turns, as if they ran at the same time."""
KEYS = ("train/loss", "train/accuracy", "validation/loss", "validation/accuracy", "rate")
GOAL = 117_000
MILLIONS = 5
SECONDS = 60
"""For each million; whoever takes longer is cut short."""
RESULTS = Path("workshop/benchmarks/results/ingest.md")
_TITLE = f"""\
# What metrics cost to record: written by `python -m workshop.benchmarks.ingest`

{CLIENTS} clients send batches of {BATCH:,} points to one worker, for {RUNS} experiments in turn, and
share the cores with it and with the database. CPU is that of the service's process. On PostgreSQL it has
to be at least {GOAL:,} points/s.

| | millions of points before | points/s | p50 of a batch, ms | CPU of a batch, ms | failed |
| --- | --- | --- | --- | --- | --- |
"""


async def token_for(url: URL) -> str:
    database = Database(Settings.model_validate({"database_url": url}))
    async with database.writing() as session:
        user = UserCreate(email="benchmark@example.com", name="Benchmark")
        owner = await UserService(session).create(user)
        token = TokenCreate(name="benchmark", scopes=["read", "write"])
        issued = await TokenService(session, owner.id).issue(token, held=SCOPES)
    await database.dispose()
    return issued.token


async def create_runs(port: int, headers: dict[str, str]) -> Sequence[str]:
    address = f"http://127.0.0.1:{port}"
    async with AsyncClient(base_url=address, headers=headers, trust_env=False) as client:
        project = (await client.post("/api/v1/projects", json={"name": "benchmark"})).json()
        names = ({"project_id": project["id"], "name": str(number)} for number in range(RUNS))
        created = [await client.post(EXPERIMENTS, json=name) for name in names]
        return [f"{response.headers['location']}/metrics" for response in created]


def batches(paths: Sequence[str], header: bytes) -> Iterator[bytes]:
    steps = BATCH // len(KEYS)
    for turn in count():
        points = [
            {"key": key, "step": step, "value": sin(step)}
            for key in KEYS
            for step in range(turn * steps, (turn + 1) * steps)
        ]
        for path in paths:
            # One header more, after the first line.
            yield render("POST", path, {"points": points}).replace(b"\r\n", header, 1)


async def record(name: str, new_database: NewDatabase) -> list[str]:
    with new_database() as url, serving(name, OURS, url) as server:
        authorization = f"Bearer {await token_for(url)}"
        paths = await create_runs(server.port, {"Authorization": authorization})
        requests = batches(paths, f"\r\nAuthorization: {authorization}\r\n".encode())
        rows = []
        async with connected(server.port, CLIENTS) as clients:
            for million in range(MILLIONS):
                before = server.cpu_seconds()
                run = await drive(clients, islice(requests, 1_000_000 // BATCH), SECONDS)
                measured = Measurement.of(run, server.cpu_seconds() - before)
                rows.append(row(name, million, measured))
                print(rows[-1], flush=True)
    return rows


def row(name: str, million: int, each: Measurement) -> str:
    rate = round(each.per_second * BATCH, -3)
    figures = f"{rate:,.0f} | {each.p50_ms:.0f} | {each.cpu_us / 1000:.0f} | {each.failures}"
    return f"| {name} | {million} | {figures} |"


async def main() -> None:
    rows: list[str] = []
    for name, start in DATABASES.items():
        with start() as new_database:
            rows += await record(name, new_database)
    RESULTS.write_text(_TITLE + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    uvloop.run(main())
