"""What links cost: a statement each, which finds its rows by an index."""

from collections.abc import Mapping
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import SelectBase

from src.core.database import Database
from src.models.base import Entity
from src.services.included import _included
from src.services.queries import TableQueries
from tests.api import UNKNOWN_ID
from tests.integration.test_thing_parts import TestThingParts as Parts
from tests.integration.test_things import TestThings as Things
from tests.performance.conftest import Counted
from tests.thing_parts import ThingPart, ThingPartIncluding
from tests.things import Thing

OTHERS = "thing_part_others"
EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}
KEY = {"sqlite": f"sqlite_autoindex_{OTHERS}_1", "postgresql": f"pk_{OTHERS}"}
BACKWARDS = dict.fromkeys(EXPLAIN, f"ix_{OTHERS}_other_id")


async def test_links_take_a_statement_each(client: AsyncClient, counted: Counted) -> None:
    part = await Parts.create(client)
    others = [await Things.create(client) for _ in range(3)]
    linked = f"{Parts.path_of(part)}/others"
    for other in others:
        await client.put(f"{linked}/{other['id']}")
    first = others[0]["id"]

    for method, path, expected in (
        ("PUT", f"{linked}/{first}", ["INSERT"]),
        ("GET", linked, ["SELECT"]),
        ("GET", f"{linked}?limit=1&total=true", ["SELECT", "SELECT"]),
        ("GET", f"{Parts.path}?other_id={first}", ["SELECT"]),
        ("DELETE", f"{linked}/{first}", ["DELETE"]),
    ):
        with counted() as statements:
            assert (await client.request(method, path)).is_success
        assert statements == expected, f"{method} {path}"


@pytest.mark.parametrize(
    ("model", "scope", "filters", "index"),
    [(Thing, [OTHERS], [], KEY), (ThingPart, [], ["other_id"], BACKWARDS)],
)
async def test_links_are_found_by_an_index(
    database: Database,
    model: type[Entity],
    scope: list[str],
    filters: list[str],
    index: dict[str, str],
) -> None:
    queries = TableQueries(model, ("id",), tuple(scope))
    statement = queries.page("-id", frozenset(), frozenset(filters))._statement
    names = [*(f"_{name}" for name in scope), *filters]
    values = {"_limit": 9, "_skip": 0} | dict.fromkeys(names, UUID(UNKNOWN_ID))
    plan = await plan_of(database, statement, values)

    assert any(each in plan for each in index.values())


async def test_links_that_answers_include_are_read_from_the_end_of_an_index(
    database: Database,
) -> None:
    for size, query in _included(ThingPart, ThingPartIncluding, "others")._queries.items():
        values = {f"_id_{number}": UUID(UNKNOWN_ID) for number in range(size)}
        plan = await plan_of(database, query._statement, values)

        assert sum(plan.count(each) for each in KEY.values()) == size
        assert not any(each in plan for each in ("TEMP B-TREE", "Sort"))


async def plan_of(
    database: Database, statement: SelectBase | UpdateBase, values: Mapping[str, object]
) -> str:
    async with database.writing() as session:
        connection = await session.connection()
        name = connection.dialect.name
        sql = statement.params(values).compile(
            dialect=connection.dialect, compile_kwargs={"literal_binds": True}
        )
        if name == "postgresql":  # which reads small tables as a whole
            for kind in ("seqscan", "bitmapscan"):
                await connection.execute(text(f"SET LOCAL enable_{kind} = off"))
        return str((await connection.exec_driver_sql(f"{EXPLAIN[name]} {sql}")).all())
