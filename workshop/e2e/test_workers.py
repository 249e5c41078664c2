"""What the workers of a service count is told by any of them."""

import subprocess
import sys
from pathlib import Path


def test_several_workers_count_together_and_forget_the_connections_of_dead_ones(
    tmp_path: Path,
) -> None:
    program = """
import os
from src.api.counting import CONNECTIONS, FAILURES
from src.api.metrics import rendered

other_worker = os.fork()
FAILURES.labels("TakenError").inc()
CONNECTIONS.labels("write", "size").inc(5)
if other_worker:
    os.waitpid(other_worker, 0)
    print(rendered().decode())
else:
    os._exit(0)  # without a word
"""
    finished = subprocess.run(
        [sys.executable, "-c", program],
        env={"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "DATABASE_URL": "sqlite://"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )

    assert 'database_failures_total{error="TakenError"} 2.0' in finished.stdout
    assert 'database_pool_connections{pool="write",state="size"} 5.0' in finished.stdout
