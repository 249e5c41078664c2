"""What an online read costs beside a GET by id, in one run against one process."""

import asyncio
import http.client
import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from httpx import AsyncClient
from sqlalchemy import URL

from tests.api import Json
from tests.databases import build
from tests.integration.test_feature_values import append, row, view
from workshop.rigs.service import served

ENTITIES, PAIRS, WARM = 10_000, 1_000, 200
MOST = 1.5


def seconds_of(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes
) -> float:
    started = time.perf_counter()
    headers = {"Content-Type": "application/json"} if body else {}
    connection.request(method, path, body or None, headers)
    response = connection.getresponse()
    content = response.read()
    lasted = time.perf_counter() - started
    assert response.status == 200, content
    return lasted


def measured(port: int, path: str, entities: Sequence[str]) -> tuple[list[float], list[float]]:
    """Return the seconds of reads by id and of online reads, which take turns."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    body = json.dumps({"entities": [*entities]}).encode()
    by_id, online = [], []
    for _ in range(WARM + PAIRS):
        by_id.append(seconds_of(connection, "GET", path, b""))
        online.append(seconds_of(connection, "POST", f"{path}/online", body))
    connection.close()
    return by_id[WARM:], online[WARM:]


async def filled(client: AsyncClient) -> str:
    """Return a view of ten features with values of many entities."""
    names = [f"f{n}" for n in range(5)]
    path = await view(client, dict.fromkeys(names, "float"), 10**9)
    rows: list[Json] = [row(f"e{n}", 0, **dict.fromkeys(names, n)) for n in range(ENTITIES)]
    await append(client, path, *rows)
    return path


async def test_online_read_is_as_quick_as_a_read_by_id(url: URL, tmp_path: Path) -> None:
    await asyncio.to_thread(build, url)
    async with served(url, tmp_path, log_level="WARNING") as service:
        path = await filled(service.client)
        for count in (1, 20, 100):
            entities = [f"e{n}" for n in range(count)]
            by_id, online = await asyncio.to_thread(measured, service.port, path, entities)
            one, other = statistics.median(by_id), statistics.median(online)
            print(
                f"\n{url.get_backend_name()}, {count} entities: p50 of GET by id {one * 1e3:.2f} ms, "
                f"of online {other * 1e3:.2f} ms, ratio {other / one:.2f}"
            )
            assert count > 1 or other <= MOST * one
