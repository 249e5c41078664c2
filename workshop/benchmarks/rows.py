"""What is compared: each server, with a token for owned things and without one for things."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from workshop.benchmarks.databases import NewDatabase, fill, fill_owned
from workshop.benchmarks.measuring import Load
from workshop.benchmarks.operations import OWNED_THINGS, ROWS, THINGS, Requests, Resource, idle
from workshop.benchmarks.servers import DRIVER, HERE, NAMES, OURS, Server, serving

BESIDE = "the tree beside"


class Row(NamedTuple):
    server: str
    has_token: bool = False

    def __str__(self) -> str:
        return f"{self.server}, with token" if self.has_token else self.server

    @property
    def resource(self) -> Resource:
        return OWNED_THINGS if self.has_token else THINGS


class Servers(NamedTuple):
    database: str
    running: Mapping[str, Server]

    def loads(self, requests: Requests) -> dict[Row, Load]:
        """Return the load of each row: those with a token first, which not every reference has."""
        rows = [Row(name) for name in self.running]
        if requests is not idle:
            with_token = {OURS, BESIDE, DRIVER[self.database]}
            rows = [Row(name, True) for name in self.running if name in with_token] + rows
        return {row: (self.running[row.server], requests(row.resource)) for row in rows}


@contextmanager
def serving_all(database: str, new_database: NewDatabase, beside: Path | None) -> Iterator[Servers]:
    """All servers there are for this kind of database, on one of them."""
    with ExitStack() as stack:
        url = stack.enter_context(new_database())
        fill(url, ROWS)
        fill_owned(url)
        trees = {name: (name, HERE) for name in NAMES[database]}
        if beside:
            trees[BESIDE] = (OURS, beside)
        running = {
            name: stack.enter_context(serving(database, server, url, tree=tree))
            for name, (server, tree) in trees.items()
        }
        yield Servers(database, running)
