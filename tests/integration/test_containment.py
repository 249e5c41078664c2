"""`contains` means the same on both databases: what the ``@>`` of PostgreSQL means."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from sqlalchemy import BindParameter, bindparam, select

from src.core.database import Database
from src.core.queries import Query
from src.models.json_objects import JsonColumn
from src.services.containment import contains
from tests.api import Json

GIVEN: BindParameter[Any] = bindparam("given", type_=JsonColumn)
WANTED: BindParameter[Any] = bindparam("wanted", type_=JsonColumn)
CONTAINS = Query(select(contains(GIVEN, WANTED)))
NAMES = ["a", "b", "a.b", "$", '"', "a\\", "0", "type", "", "ä", "🚀", "%s", "?"]
SCALARS = [None, True, False, 0, 1, -1, 1.0, 0.1, -0.0, 1e-9, 2**53 - 1, "", "1", "true", "null"]
SCALARS += ["{}", "[1]", "'a'", '"', "a\\", "ä", "a\u0308", "🚀", "A"]


def holds(given: object, wanted: object) -> bool:
    """Do in Python what the databases have to do."""
    match given, wanted:
        case dict(), dict():
            return all(n in given and holds(given[n], value) for n, value in wanted.items())
        case list(), list():
            return all(any(holds(each, value) for each in given) for value in wanted)
        case (bool(), _) | (_, bool()):
            return given is wanted
        case (int() | float(), int() | float()):
            return Decimal(repr(given)) == Decimal(repr(wanted))
    return type(given) is type(wanted) and given == wanted


async def found(database: Database, pairs: Sequence[tuple[Json, Json]]) -> list[bool]:
    """Return the database's own judgement of each pair."""
    async with database.reading() as session:
        return [
            bool((await CONTAINS.rows(session, given=given, wanted=wanted))[0][0])
            for given, wanted in pairs
        ]


@pytest.mark.parametrize(
    ("given", "wanted", "expected"),
    [
        ({}, {}, True),
        ({"a": 1}, {}, True),
        ({}, {"a": None}, False),
        ({"a": None}, {"a": None}, True),
        ({"a": 1}, {"a": 1.0}, True),
        ({"a": 0.0}, {"a": -0.0}, True),
        ({"a": 1}, {"a": True}, False),
        ({"a": 0}, {"a": False}, False),
        ({"a": True}, {"a": 1}, False),
        ({"a": 1}, {"a": "1"}, False),
        ({"a": "null"}, {"a": None}, False),
        ({"a": "A"}, {"a": "a"}, False),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 2}}, True),
        ({"a": {"b": 1}}, {"b": 1}, False),
        ({"a": {"b": 1}}, {"a": {}}, True),
        ({"a": []}, {"a": {}}, False),
        ({"a": {"0": 1}}, {"a": [1]}, False),
        ({"a": [1]}, {"a": {"0": 1}}, False),
        ({"a": [1, 2, 3]}, {"a": [3, 1]}, True),
        ({"a": [1]}, {"a": [1, 1, 1]}, True),
        ({"a": [1, 2]}, {"a": 1}, False),
        ({"a": 1}, {"a": [1]}, False),
        ({"a": [[1, 2], [3]]}, {"a": [[2]]}, True),
        ({"a": [[1], [2]]}, {"a": [[1, 2]]}, False),
        ({"a": [[1]]}, {"a": [1]}, False),
        ({"a": [{"x": 1, "y": 2}]}, {"a": [{"y": 2}]}, True),
        ({"a": [{"x": 1}, {"y": 2}]}, {"a": [{"x": 1, "y": 2}]}, False),
        ({"a": ["[1]", [1]]}, {"a": [[1]]}, True),
        ({"a": ["not JSON", {"b": "c"}]}, {"a": [{"b": "c"}]}, True),
        ({"a": [{"b": {"c": [1, {"d": 2}]}}]}, {"a": [{"b": {"c": [1]}}]}, True),
    ],
    ids=str,
)
async def test_containment(database: Database, given: Json, wanted: Json, expected: bool) -> None:
    assert holds(given, wanted) is expected
    assert await found(database, [(given, wanted)]) == [expected]


async def test_values_are_equal_to_nothing_but_themselves(database: Database) -> None:
    pairs = [({"a": one}, {"a": other}) for one in SCALARS for other in SCALARS]

    assert await found(database, pairs) == [holds(*pair) for pair in pairs]


async def test_names_are_found_among_others(database: Database) -> None:
    whole = {name: number for number, name in enumerate(NAMES)}
    without = [{n: v for n, v in whole.items() if n != name} for name in NAMES]
    wanted = [{name: whole[name]} for name in NAMES]

    assert all(await found(database, [(whole, each) for each in wanted]))
    assert not any(await found(database, [*zip(without, wanted, strict=True)]))


async def test_random_objects_are_judged_alike(database: Database) -> None:
    random = Random(1)  # noqa: S311  # the same each time
    given = [{name: some_value(random, 3) for name in NAMES[:3]} for _ in range(100)]
    pairs = [(each, part_of(random, each)) for each in given]
    pairs += [(each, part_of(random, other)) for each, other in pairwise(given)]
    judged = [holds(*pair) for pair in pairs]

    assert all(judged[:100])
    assert 0 < sum(judged[100:]) < 99
    assert await found(database, pairs) == judged


def some_value(random: Random, levels: int) -> Any:
    if levels == 0 or random.random() < 0.3:
        return random.choice(SCALARS[:9])
    values = [some_value(random, levels - 1) for _ in range(random.randrange(4))]
    return values if random.random() < 0.5 else dict(zip(NAMES, values, strict=False))


def part_of(random: Random, value: Any) -> Any:
    """Return what the value contains."""
    match value:
        case dict():
            return {n: part_of(random, v) for n, v in value.items() if random.random() < 0.5}
        case list():
            return [part_of(random, v) for v in random.sample(value, len(value) // 2)]
    return value
