"""How long the slowest requests take when many clients come, and what a crowd gets."""

from collections.abc import Mapping
from dataclasses import dataclass

from workshop.benchmarks.costs import IDS, ROWS, serving_all
from workshop.benchmarks.databases import NewDatabase, fill
from workshop.benchmarks.load import Run, connected, drive
from workshop.benchmarks.measuring import Rounds, in_turns
from workshop.benchmarks.operations import gets, mixed
from workshop.benchmarks.servers import OURS, serving

OPERATIONS = {"get": gets, "mixed": mixed}
CLIENTS = (32, 200)
CROWD = 1000


@dataclass(frozen=True)
class Tail:
    servers: Mapping[str, Mapping[str, Rounds]]
    """Each of them, under each kind of load."""
    crowd: Run
    """A thousand clients on this service."""


async def stretch(database: str, new_database: NewDatabase, seconds: float) -> Tail:
    found: dict[str, Mapping[str, Rounds]] = {}
    for operation, requests in OPERATIONS.items():
        # Started anew, since one that stood still would stand still for a while.
        with serving_all(database, new_database) as servers:
            for clients in CLIENTS:
                title = f"{operation}, {clients} clients"
                found[title] = await in_turns(
                    f"{database}, {title}",
                    {name: (server, requests(IDS)) for name, server in servers.items()},
                    clients=clients,
                    rounds=1,
                    seconds=seconds,
                )
    return Tail(found, await _press(database, new_database, 2 * seconds))


async def _press(database: str, new_database: NewDatabase, seconds: float) -> Run:
    with new_database() as url, serving(database, OURS, url) as server:
        fill(url, ROWS)
        async with connected(server.port, CROWD) as clients:
            return await drive(clients, mixed(IDS), seconds)
