"""The metrics capability: serves what is counted to Prometheus."""

import os
from collections.abc import Iterator
from pathlib import Path

from fastapi import APIRouter, Depends, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import REGISTRY

from src.api.capability import Capability
from src.api.counting import FOLDER, Counting
from src.api.measuring import MeasuredSettings, measuring
from src.api.metrics_token import authorize

PATH = "/metrics"


class MetricsSettings(MeasuredSettings):
    metrics: bool = False
    """Serve `/metrics`, for Prometheus; several workers also need `PROMETHEUS_MULTIPROC_DIR`."""

    def hazards(self) -> Iterator[str]:
        yield from super().hazards()
        if self.metrics and self.web_concurrency > 1 and FOLDER not in os.environ:
            yield f"METRICS with several workers needs {FOLDER}, an empty directory"


def rendered() -> bytes:
    """Return the counts of all workers in Prometheus' text format. Reads files."""
    if FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    _forget_dead_workers(Path(os.environ[FOLDER]))
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library lacks the types
    return generate_latest(registry)


def _forget_dead_workers(folder: Path) -> None:
    """Delete the gauges of workers that were killed; what they have counted stays."""
    for pid in {int(path.stem.rpartition("_")[2]) for path in folder.glob("gauge_live*_*.db")}:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid)  # type: ignore[no-untyped-call]  # as above
        except PermissionError:  # alive, and another user's process
            pass


router = APIRouter(prefix=PATH, include_in_schema=False, dependencies=[Depends(authorize)])


@router.get("")
def show_metrics() -> Response:  # runs in a thread, since with several workers it reads files
    return Response(rendered(), media_type=CONTENT_TYPE_LATEST)


metrics = Capability(
    name="metrics",
    settings=MetricsSettings,
    is_on=lambda settings: isinstance(settings, MetricsSettings) and settings.metrics,
    outside_public=[router],
    lifespan=measuring,
    observers=[Counting()],
    probed=[PATH],
)
