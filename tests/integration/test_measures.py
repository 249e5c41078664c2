from typing import Any

import pytest
from sqlalchemy import BindParameter, String, bindparam, literal, select, union_all

from src.core.database import Database
from src.core.queries import Query
from src.models.json_objects import JsonColumn
from src.services.measures import measure

MEASURES: BindParameter[Any] = bindparam("measures", type_=JsonColumn)
MEASURED = Query(select(measure(MEASURES, bindparam("key", type_=String))))
# Keys with a meaning in JSON, in a JSON path of either database, in SQL or in a driver.
KEYS = [
    "accuracy",
    "Accuracy",
    "accuracy ",
    "a.b",
    "$",
    "$.accuracy",
    '$."accuracy"',
    '"accuracy"',
    'a"b',
    "a'b",
    "a\\b",
    "\\u0061",
    "a\\",
    "a\nb",
    "[0]",
    "a[0]",
    "[#-1]",
    "0",
    "-1",
    "{a}",
    "*",
    "%",
    "%s",
    "%(key)s",
    ":key",
    "?",
    "@>",
    "null",
    "ä",
    "a\u0308",
    "漢",
    "🚀",
    "x" * 100,
]


async def measured(database: Database, measures: dict[str, float], key: str) -> float | None:
    async with database.reading() as session:
        rows = await MEASURED.rows(session, measures=measures, key=key)
    value: float | None = rows[0][0]
    return value


@pytest.mark.parametrize("key", KEYS)
async def test_key_finds_its_own_value_among_others(database: Database, key: str) -> None:
    others = {each: -1.0 for each in KEYS if each != key}

    assert await measured(database, {**others, key: 1.5}, key) == 1.5
    assert await measured(database, others, key) is None


@pytest.mark.parametrize(
    "value",
    [0.0, 0.1, -0.987654321, 1.0, 1e15, 1e16, 2.0**53, 1e-9, 5e-324, 1e308, -1.5e300],
)
async def test_value_is_read_as_it_was_written(database: Database, value: float) -> None:
    assert await measured(database, {"loss": value}, "loss") == value


async def test_empty_measures_have_no_value(database: Database) -> None:
    assert await measured(database, {}, "loss") is None


async def test_numbers_are_ordered_as_numbers(database: Database) -> None:
    values = [10.0, 9.0, -1.0, 1e16, 0.5, 1e-5]
    rows = [
        select(measure(literal({"a": each}, JsonColumn), "a").label("value")) for each in values
    ]

    async with database.reading() as session:
        found = await Query(union_all(*rows).order_by("value")).rows(session)

    assert [value for (value,) in found] == sorted(values)
