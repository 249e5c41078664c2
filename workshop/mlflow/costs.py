"""The same requests to this service and to MLflow's server: CPU of the server, and latency.

Prints a table. python -m workshop.mlflow.costs --runs 10000
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import psutil
from httpx import AsyncClient
from sqlalchemy import make_url

from tests.databases import build
from workshop.mlflow.conftest import mlflow_server
from workshop.rigs.service import served

START = 1_700_000_000_000
BATCH = 1_000
POINTS = 100_000
PAGE = 1_000


class Cost(NamedTuple):
    cpu: float
    """Milliseconds of the server for each request."""
    latency: float
    """The median of milliseconds."""


class Server:
    """A server under measurement, with all its processes."""

    def __init__(self, client: AsyncClient, pid: int) -> None:
        self._client = client
        self._process = psutil.Process(pid)

    async def send(self, name: str, /, **message: Any) -> Any:
        method, _, path = name.partition(" ")
        query, body = (message, None) if method == "GET" else (None, message)
        response = await self._client.request(
            method, f"/api/2.0/mlflow/{path}", params=query, json=body
        )
        response.raise_for_status()
        return response.json()

    def cpu(self) -> float:
        processes = [self._process, *self._process.children(recursive=True)]
        return sum(sum(each.cpu_times()[:2]) for each in processes)

    async def cost(self, times: int, request: Callable[[int], Awaitable[object]]) -> Cost:
        latencies, before = [], self.cpu()
        for number in range(times):
            started = time.perf_counter()
            await request(number)
            latencies.append(time.perf_counter() - started)
        return Cost(1000 * (self.cpu() - before) / times, 1000 * median(latencies))


def points(start: int, count: int = BATCH, key: str = "loss") -> list[dict[str, object]]:
    steps = range(start, start + count)
    return [{"key": key, "value": 1 / (s + 2), "timestamp": START + s, "step": s} for s in steps]


async def costs_of(server: Server, runs: int) -> dict[str, Cost]:
    project = (await server.send("POST experiments/create", name="costs"))["experiment_id"]

    async def begin(number: int) -> str:
        message = {"experiment_id": project, "start_time": START + number, "tags": []}
        run: str = (await server.send("POST runs/create", **message))["run"]["info"]["run_id"]
        return run

    first = await begin(0)
    found = {
        "log-batch, 1,000 metrics": await server.cost(
            POINTS // BATCH,
            lambda n: server.send("POST runs/log-batch", run_id=first, metrics=points(n * BATCH)),
        )
    }
    found["log-metric"] = await server.cost(
        300, lambda n: server.send("POST runs/log-metric", run_id=first, **points(n, 1, "one")[0])
    )
    found["get-run"] = await server.cost(200, lambda _: server.send("GET runs/get", run_id=first))
    found["history, 100,000 points"] = await server.cost(3, lambda _: _history(server, first))

    async def filled(number: int) -> None:
        run, tags = await begin(number), [{"key": "team", "value": f"{number % 3}"}]
        params = [{"key": f"p{n}", "value": f"{number}"} for n in range(5)]
        metrics = [points(number, 1, f"m{n}")[0] for n in range(5)]
        message = {"metrics": metrics, "params": params, "tags": tags}
        await server.send("POST runs/log-batch", run_id=run, **message)

    found["create a run and fill it"] = await server.cost(runs, filled)
    message = {"experiment_ids": [project], "max_results": PAGE}
    found[f"search-runs, 1,000 in {runs:,}"] = await server.cost(
        5, lambda _: server.send("POST runs/search", **message, filter="metrics.m1 > 0")
    )
    return found


async def _history(server: Server, run: str) -> None:
    token, seen = "", 0
    while seen < POINTS:
        message = {"run_id": run, "metric_key": "loss", "max_results": 25_000}
        page = await server.send("GET metrics/get-history", **message, page_token=token)
        seen += len(page["metrics"])
        token = page.get("next_page_token", "")
        assert token or seen == POINTS


def rows(ours: dict[str, Cost], theirs: dict[str, Cost]) -> Iterator[str]:
    yield "| call | CPU here | at MLflow's | ratio | latency here | at MLflow's |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name, own in ours.items():
        other = theirs[name]
        ratio = other.cpu / max(own.cpu, 0.01)
        cells = [f"{own.cpu:.1f} ms", f"{other.cpu:.1f} ms", f"{ratio:.1f}"]
        cells += [f"{own.latency:.1f} ms", f"{other.latency:.1f} ms"]
        yield f"| {name} | {' | '.join(cells)} |"


async def compare(runs: int) -> None:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        url = make_url(f"sqlite:///{folder}/service.db")
        build(url)
        service = await stack.enter_async_context(served(url, folder, app="src.main:start"))
        own = Server(service.client, service.process.pid)
        ours = await costs_of(own, runs)
        there, pid = await stack.enter_async_context(mlflow_server("newest", folder))
        client = await stack.enter_async_context(
            AsyncClient(base_url=there, timeout=600, trust_env=False)
        )
        theirs = await costs_of(Server(client, pid), runs)
    print("\n".join(rows(ours, theirs)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=10_000)
    asyncio.run(compare(parser.parse_args().runs))
