"""What each operation costs, on the service and on its references."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from workshop.benchmarks.databases import NewDatabase, fill, filled_ids
from workshop.benchmarks.measuring import Rounds, in_turns
from workshop.benchmarks.operations import OPERATIONS
from workshop.benchmarks.servers import NAMES, Server, serving

ROWS = 500
IDS = filled_ids(ROWS)
CLIENTS = 32

type Costs = Mapping[str, Mapping[str, Rounds]]
"""Of each operation, on each server."""


async def compare(database: str, new_database: NewDatabase, rounds: int, seconds: float) -> Costs:
    with serving_all(database, new_database) as servers:
        return {
            operation: await in_turns(
                f"{database}, {operation}",
                {name: (server, requests(IDS)) for name, server in servers.items()},
                clients=CLIENTS,
                rounds=rounds,
                seconds=seconds,
            )
            for operation, requests in OPERATIONS.items()
        }


@contextmanager
def serving_all(database: str, new_database: NewDatabase) -> Iterator[Mapping[str, Server]]:
    """All servers there are for this kind of database, on one of them."""
    with ExitStack() as stack:
        url = stack.enter_context(new_database())
        fill(url, ROWS)
        yield {name: stack.enter_context(serving(database, name, url)) for name in NAMES[database]}
