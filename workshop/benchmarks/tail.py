"""How long the slowest requests take when many clients come, and what a crowd gets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workshop.benchmarks.costs import IDLE
from workshop.benchmarks.databases import NewDatabase, fill, fill_owned
from workshop.benchmarks.load import Run, connected, drive
from workshop.benchmarks.measuring import Rounds, in_turns
from workshop.benchmarks.operations import OWNED_THINGS, ROWS, Requests, gets, idle, mixed
from workshop.benchmarks.rows import Row, serving_all
from workshop.benchmarks.servers import OURS, SQLMODEL, STARLETTE, serving

LOADS: Mapping[str, tuple[Requests, Sequence[int]]] = {
    "get": (gets, (32, 200)),
    "mixed": (mixed, (32, 200)),
    IDLE: (idle, (32,)),
}
"""Requests, and the numbers of clients that send them."""
CROWD = 1000
DEADLINE = 10
"""Seconds until the service gives a request up: REQUEST_DEADLINE."""


@dataclass(frozen=True)
class Tail:
    servers: Mapping[str, Mapping[Row, Rounds]]
    """Each of them, under each kind of load."""
    crowd: Run
    """A thousand clients on this service."""


async def stretch(
    database: str, new_database: NewDatabase, rounds: int, seconds: float, beside: Path | None
) -> Tail:
    found: dict[str, Mapping[Row, Rounds]] = {}
    for name, (requests, counts) in LOADS.items():
        # Started anew, since one that stood still would stand still for a while.
        with serving_all(database, new_database, beside) as servers:
            for clients in counts:
                title = f"{name}, {clients} clients"
                loads = servers.loads(requests).items()
                found[title] = await in_turns(
                    f"{database}, {title}",
                    {row: load for row, load in loads if name == IDLE or _is_shown(row)},
                    clients=clients,
                    rounds=rounds,
                    seconds=seconds,
                )
    return Tail(found, await _press(database, new_database, 2 * seconds))


def _is_shown(row: Row) -> bool:
    return row.has_token or row.server in {STARLETTE, SQLMODEL}


async def _press(database: str, new_database: NewDatabase, seconds: float) -> Run:
    with new_database() as url, serving(database, OURS, url) as server:
        fill(url, ROWS)
        fill_owned(url)
        async with connected(server.port, CROWD) as clients:
            return await drive(clients, mixed(OWNED_THINGS), seconds, patience=DEADLINE + 2)
