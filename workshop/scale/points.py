"""Many points of metrics, and what it takes to read, record, store and vacuum them."""

import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from uuid import UUID

from httpx import AsyncClient, Response
from sqlalchemy import URL

from tests.integration.test_experiments import TestExperiments as Experiments
from tests.integration.test_ml_metrics import METRICS, curve, post
from workshop.rigs.clients import run_sql

ROWS = int(os.environ.get("PARTITION_ROWS", "64000"))
EXPERIMENTS, KEYS = 64, 10
STEPS = ROWS // (EXPERIMENTS * KEYS)
FILL = f"""
    INSERT INTO ml_metrics (experiment_id, key, step, value, recorded_at)
    SELECT experiments.id, 'key' || key, step, random(), now()
    FROM generate_series(0, {STEPS - 1}) step, experiments, generate_series(1, {KEYS}) key
    ORDER BY step
"""  # noqa: S608
"""As they arrive: the curves grow beside each other."""
LOGGED = """
    INSERT INTO mlflow_points (run_id, key, step, logged_at, sign)
    SELECT experiment_id, key, step, now(), 0 FROM ml_metrics WHERE key = 'key1'
"""
SIZES = """
    SELECT pg_total_relation_size(oid) FROM pg_class
    WHERE starts_with(relname, 'ml_metrics') AND relkind = 'r'
"""
CLEAR = "DELETE FROM ml_metrics WHERE experiment_id = '{}' RETURNING tableoid::regclass::text"
READS, BATCHES, BATCH = 200, 10, 10_000


@dataclass(frozen=True)
class Measured:
    curve_ms: float
    """Median of reading a curve."""
    batch_ms: float
    """Median of recording 10,000 points of one experiment."""
    gigabytes: float
    largest_gigabytes: float
    """Of the largest table."""
    vacuum_seconds: float
    """Of the table from which an experiment's points were deleted, and of its index."""

    def __str__(self) -> str:
        return (
            f"a curve {self.curve_ms:.1f} ms, a batch {self.batch_ms:.0f} ms, "
            f"{self.gigabytes:.2f} GB, the largest table {self.largest_gigabytes:.2f} GB, "
            f"vacuum {self.vacuum_seconds:.2f} s"
        )


async def fill(client: AsyncClient, url: URL) -> None:
    """Create the experiments and their curves, some of which MLflow has logged."""
    for _ in range(EXPERIMENTS):
        await Experiments.create(client)
    run_sql(url, FILL)
    if has_mlflow(url):
        run_sql(url, LOGGED)
    run_sql(url, "VACUUM ANALYZE ml_metrics")


def has_mlflow(url: URL) -> bool:
    return bool(run_sql(url, "SELECT FROM pg_class WHERE relname = 'mlflow_points'"))


async def measured(client: AsyncClient, url: URL) -> Measured:
    """Measure with an experiment of its own, which is gone afterwards."""
    known = [each for (each,) in run_sql(url, "SELECT id FROM experiments ORDER BY id")]
    own = UUID((await Experiments.create(client))["id"])
    batches = [curve([0.5] * BATCH, key=f"batch{n}") for n in range(BATCHES)]
    curve_ms = await _median(lambda n: _read(client, known[n % len(known)], n), READS)
    path = METRICS.format(experiment_id=own)
    batch_ms = await _median(lambda n: post(client, path, batches[n]), BATCHES)
    sizes = [float(size) / 1e9 for (size,) in run_sql(url, SIZES)]
    (table, *_) = {name for (name,) in run_sql(url, CLEAR.format(own))}
    began = time.monotonic()
    run_sql(url, f"VACUUM (INDEX_CLEANUP on) {table}")
    seconds = time.monotonic() - began
    run_sql(url, f"DELETE FROM experiments WHERE id = '{own}'")  # noqa: S608
    return Measured(curve_ms, batch_ms, sum(sizes), max(sizes), seconds)


async def _median(act: Callable[[int], Awaitable[Response]], times: int) -> float:
    taken: list[float] = []
    for number in range(times):
        began = time.monotonic()
        assert (await act(number)).status_code == 200
        taken.append(time.monotonic() - began)
    return median(taken) * 1000


async def _read(client: AsyncClient, experiment_id: UUID, number: int) -> Response:
    query = {"key": f"key{number % KEYS + 1}", "points": "1000"}
    path = METRICS.format(experiment_id=experiment_id)
    return await client.get(f"{path}/series", params=query)
