"""Streams of Kinesis, which moto serves. It closes no shard, so that another one has to show
what becomes of the children of one: test_shards.py.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from httpx import AsyncClient

from src.core.database import Database
from src.ingestion.kinesis import KinesisSource
from src.services.developer import DEVELOPER
from src.services.stream_position import PositionService
from tests.ingestion import Reader, line
from tests.integration.test_things import TestThings as Things
from workshop.rigs.clients import HOST, free_port
from workshop.rigs.daemon import daemon

PYTHON = Path(".venv-ingestion/bin/python")
STREAM, SECONDS = "points", 120
AWS = {
    "AWS_ACCESS_KEY_ID": "proof",
    "AWS_SECRET_ACCESS_KEY": "proof",
    "AWS_DEFAULT_REGION": "eu-central-1",
}


@pytest.fixture
async def kinesis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    port = free_port()
    for name, value in {**AWS, "AWS_ENDPOINT_URL": f"http://{HOST}:{port}"}.items():
        monkeypatch.setenv(name, value)
    command = (str(PYTHON.absolute()), "-m", "moto.server", "-H", HOST, "-p", str(port))
    async with daemon(tmp_path, port, *command):
        client = boto3.client("kinesis")
        await asyncio.to_thread(client.create_stream, StreamName=STREAM, ShardCount=2)
        yield client
        client.close()


def batches(begin: int, end: int) -> Iterator[list[dict[str, Any]]]:
    for first in range(begin, end, 500):
        numbers = range(first, min(first + 500, end))
        yield [{"Data": line(f"thing {n}"), "PartitionKey": str(n)} for n in numbers]


async def put(client: Any, begin: int, end: int) -> None:
    for records in batches(begin, end):
        await asyncio.to_thread(client.put_records, StreamName=STREAM, Records=records)


async def positions(database: Database) -> dict[str, str]:
    async with database.reading() as session:
        return await PositionService(session, DEVELOPER, "reader", STREAM).ask()


async def read(client: AsyncClient, database: Database, count: int) -> Reader:
    """Let a process read until there are so many rows, and end it."""
    reader = Reader(database, source=STREAM)
    source = KinesisSource(STREAM, reader.positions, reader.patience)
    running = asyncio.create_task(reader.consuming(source).run())
    async with asyncio.timeout(SECONDS):
        while not running.done() and await counted(client) < count:
            await asyncio.sleep(0.05)
        reader.stopping.set()
        await running
    return reader


async def counted(client: AsyncClient) -> int:
    page = await client.get(Things.path, params={"limit": 1, "total": True})
    return int(page.json()["total"])


async def test_records_are_read_once_by_processes_that_end(
    client: AsyncClient, database: Database, kinesis: Any
) -> None:
    await put(kinesis, 0, 3000)
    await read(client, database, 1)  # ends somewhere in between
    begun = await positions(database)
    await read(client, database, 3000)
    await put(kinesis, 3000, 5000)
    await read(client, database, 5000)

    things = await Things.listed(client, limit=100)
    assert sorted(each["name"] for each in things) == sorted(f"thing {n}" for n in range(5000))
    assert {each["version"] for each in things} == {1}
    assert len(begun) >= 1
    assert len(await positions(database)) == 2
    print("5,000 records in 2 shards, by three processes: each once")
