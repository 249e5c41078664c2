"""Whole runs: with their latest metrics, their data sets and their models."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlmodel.ext.asyncio.session import AsyncSession

from src.schemas.mlflow_base import listed
from src.schemas.mlflow_runs import Run, RunData
from src.schemas.mlflow_tracking import MetricAnswer
from src.services.mlflow_curves import latest_of
from src.services.mlflow_run_parts import RunParts, parts_of
from src.services.mlflow_run_rows import RUN, RUNS, RunRow, metric_answer
from src.services.mlflow_search import rows_of

METRICS = 100_000
"""Most latest values of an answer, in all its runs."""
_LATEST = latest_of(select(RUN).where(RUN.in_(RUNS))).limit(bindparam("most"))


async def shown_runs(
    session: AsyncSession, rows: Sequence[RunRow], *, whole: bool = False
) -> list[Run]:
    """Return runs as they are shown; without the texts of their data sets unless they are ``whole``."""
    ids = [row.id for row in rows]
    metrics = defaultdict(list)
    for run_id, *point in await rows_of(session, _LATEST, runs=ids, most=METRICS):
        metrics[run_id].append(metric_answer(*point))
    parts = await parts_of(session, ids, whole=whole)
    return [_run(row, metrics[row.id], parts[row.id]) for row in rows]


def _run(row: RunRow, metrics: list[MetricAnswer], parts: RunParts) -> Run:
    data = RunData(metrics, listed(row.params), listed(row.all_tags))
    return Run(row.info(), data, parts.inputs, parts.outputs)
