"""What each operation costs, on the service and on its references."""

from collections.abc import Mapping
from pathlib import Path

from workshop.benchmarks.databases import NewDatabase
from workshop.benchmarks.measuring import Rounds, in_turns
from workshop.benchmarks.operations import OPERATIONS, idle
from workshop.benchmarks.rows import Row, serving_all

CLIENTS = 32
IDLE = "idle"

type Costs = Mapping[str, Mapping[Row, Rounds]]
"""Of each operation, on each server."""


async def compare(
    database: str, new_database: NewDatabase, rounds: int, seconds: float, beside: Path | None
) -> Costs:
    with serving_all(database, new_database, beside) as servers:
        return {
            operation: await in_turns(
                f"{database}, {operation}",
                servers.loads(requests),
                clients=CLIENTS,
                rounds=rounds,
                seconds=seconds,
            )
            for operation, requests in (OPERATIONS | {IDLE: idle}).items()
        }
