"""Valid requests to every operation, built from the facts of the features."""

import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from fastapi import FastAPI
from httpx import AsyncClient

from tests.api import Json
from tests.apps import database_of
from tests.contract.facts import Facts
from tests.contract.found import features, modules
from tests.databases import TABLES, make_empty
from tests.operations import HERE, Operation, Place


@dataclass(frozen=True)
class Sample:
    """A valid request to an operation that no facts describe.

    A test module has them in its `SAMPLES`, by method and path.
    """

    body: Callable[[Json], Json | list[Json]] | None = None
    """Return a body, or several that have all fields between them, given the row that the operation
    is about.
    """
    query: Json = field(default_factory=dict)
    feature: type[Facts] | None = None
    """The feature of that row, if the path does not begin with the feature's."""
    refusal: int | None = None
    """The status of the answer, if no request of ours can succeed."""


@cache
def samples() -> dict[str, Sample]:
    return {
        operation: sample
        for module in modules("SAMPLES: ")
        for operation, sample in module.SAMPLES.items()
    }


def refusal_of(operation: Operation) -> int | None:
    return samples().get(str(operation), Sample()).refusal


def subject_of(operation: Operation) -> type[Facts] | None:
    """Return the feature whose row the operation needs."""
    sample = samples().get(str(operation), Sample())
    in_path = features().get(operation.collection) if operation.names("path") else None
    return sample.feature or in_path


class Caller:
    """Make valid requests to an app, with the rows that they need."""

    def __init__(self, app: FastAPI, client: AsyncClient) -> None:
        self.app = app
        self.client = client
        self._rows: dict[type[Facts], Json] = {}
        self._bodies: dict[Operation, list[Json]] = {}

    async def forget(self) -> None:
        """Empty the database, so that no request depends on those before it."""
        await make_empty(database_of(self.app))
        self._rows.clear()
        self._bodies.clear()

    async def undo(self, operation: Operation) -> None:
        """Empty the operation's table, so that the same request succeeds again."""
        table = TABLES.get(operation.table)
        is_link = len(operation.names("path")) > 1
        if table is None or is_link or any(k.use_alter for k in table.foreign_key_constraints):
            return await self.forget()  # other rows may refer to those of the table
        await make_empty(database_of(self.app), only={operation.table})
        self._rows = {f: row for f, row in self._rows.items() if f is not subject_of(operation)}

    async def row(self, operation: Operation) -> Json:
        """Return the row that the operation needs; an empty one if it needs none."""
        feature = subject_of(operation)
        return await self._row_of(feature) if feature else {}

    async def _row_of(self, feature: type[Facts]) -> Json:
        if feature not in self._rows:
            self._rows[feature] = await feature.create(self.client)
        return self._rows[feature]

    async def path(self, operation: Operation) -> dict[str, str]:
        linked = await self._linked(operation)
        row = await self.row(operation) | linked
        values = {name: str(row.get(name, row.get("id"))) for name in operation.names("path")}
        if linked and operation.method == "delete":
            await self.client.put(operation.path.format(**values))
        return values

    async def _linked(self, operation: Operation) -> Json:
        """Return the ids of the rows with which the row of the operation can be linked."""
        feature = subject_of(operation)
        if feature is None:
            return {}
        return {
            link.key: (await self._row_of(feature.linked(link)))["id"]
            for link in feature.links.values()
            if link.key in operation.names("path")
        }

    def query(self, operation: Operation) -> Json:
        return samples().get(str(operation), Sample()).query

    async def bodies(self, operation: Operation) -> list[Json]:
        """Return valid bodies, which have all fields of the operation between them."""
        if operation not in self._bodies and operation.body is not None:
            self._bodies[operation] = await self._made(operation)
            assert self._bodies[operation], f"{operation} needs a body: state it in SAMPLES"
        return self._bodies.get(operation, [])

    async def _made(self, operation: Operation) -> list[Json]:
        row, sample = await self.row(operation), samples().get(str(operation), Sample())
        given = sample.body(row) if sample.body else []
        made = given if isinstance(given, list) else [given]
        if operation.method == "post" and operation.path in features():
            made.insert(0, await features()[operation.path].whole(self.client))
        if operation.method == "patch":
            made.insert(0, changed(features()[operation.collection], row))
        return made

    async def content(self, operation: Operation, place: Place | None = None) -> bytes:
        """Return a valid body as it is sent; `HERE` stands at the place, if there is one."""
        if operation.body is None:
            return b""
        bodies = deepcopy(await self.bodies(operation))
        return json.dumps(bodies[0] if place is None else with_shape(bodies, place)).encode()


def with_shape(bodies: Sequence[Json], place: Place) -> Any:
    """Put `HERE` into the first of the bodies that has the place, or else a way to it."""
    if not place:
        return HERE
    *way, last = place
    fitting = [body for steps in (place, way) for body in bodies if has(body, *steps)]
    assert fitting, f"no body leads to {place}: state one in SAMPLES"
    inner: Any = fitting[0]
    for step in way:
        inner = inner[step]
    inner[last] = HERE
    return fitting[0]


def changed(feature: type[Facts], row: Json) -> Json:
    """Return a change of all fields that may change, but for references."""
    fields = feature.with_method("PATCH").items()
    return {name: field.changed[0] if field.changed else row[name] for name, field in fields}


def has(value: Any, *way: str | int) -> bool:
    """Tell whether the way through a body leads to a value."""
    for step in way:
        known = value if isinstance(value, dict) else range(len(value or ""))
        if step not in known:
            return False
        value = value[step]
    return value is not None
