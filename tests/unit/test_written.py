"""Values that travel as text: one spelling of each, and storage that orders them."""

import re
from datetime import UTC, time, timedelta
from random import Random
from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Column, MetaData, Table, create_engine, insert, select

from src.models.text_lists import Texts
from src.models.times import LONGEST, Duration, DurationText, Microseconds, TimeOfDay
from src.models.written import Int64, Int64Text
from tests.thing_runs import ThingRunCreate

NUMBER, LENGTH = TypeAdapter[int](Int64), TypeAdapter[timedelta](Duration)
CLOCK, LIST = TypeAdapter[time](TimeOfDay), TypeAdapter[list[str]](Texts)
SMALL = TypeAdapter[int](Annotated[int, Int64Text(ge=100, le=200)])
SHORT = TypeAdapter[timedelta](
    Annotated[timedelta, DurationText(ge=timedelta(0), le=timedelta(minutes=1))]
)


@pytest.mark.parametrize(
    ("kind", "sent", "answered"),
    [
        (NUMBER, "0", "0"),
        (NUMBER, "-9223372036854775808", "-9223372036854775808"),
        (NUMBER, "9007199254740993", "9007199254740993"),
        (CLOCK, "08:30:00", "08:30:00"),
        (CLOCK, "08:30:00.5", "08:30:00.500000"),
        (CLOCK, "23:59:59.999999", "23:59:59.999999"),
        (LENGTH, "PT0S", "PT0S"),
        (LENGTH, "-PT0S", "PT0S"),
        (LENGTH, "PT90M", "PT1H30M"),
        (LENGTH, "PT86400S", "P1D"),
        (LENGTH, "P1DT36H", "P2DT12H"),
        (LENGTH, "PT1H5S", "PT1H5S"),
        (LENGTH, "-PT0.5S", "-PT0.5S"),
        (LENGTH, "PT9999999999.999999S", "P115740DT17H46M39.999999S"),
        (LENGTH, "P999999DT23H59M59.999999S", "P999999DT23H59M59.999999S"),
        (LENGTH, "-P1000000D", "-P1000000D"),
        (LIST, [" a ", "a"], ["a", "a"]),
    ],
)
def test_value_is_answered_in_one_spelling(
    kind: TypeAdapter[Any], sent: object, answered: object
) -> None:
    value = kind.validate_python(sent)

    assert kind.dump_python(value, mode="json") == answered
    assert kind.validate_python(answered) == value


def test_every_duration_is_answered_in_a_form_that_is_taken_back() -> None:
    random, pattern = Random(1), re.compile(LENGTH.json_schema()["pattern"])  # noqa: S311  # no secret
    most = LONGEST // timedelta.resolution
    for size in (1, 10**3, 10**6, 10**9, 10**12, most):
        for _ in range(200):
            value = timedelta(microseconds=random.randint(-size, size))
            text = LENGTH.dump_python(value, mode="json")
            assert LENGTH.validate_python(text) == value
            assert pattern.fullmatch(text)
            assert TypeAdapter(timedelta).validate_python(text) == value  # by Pydantic itself


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (NUMBER, 1, "as text"),
        (NUMBER, "9" * 5000, "as text"),
        (NUMBER, "9223372036854775808", "must be from -9223372036854775808 to 9223372036854775807"),
        (NUMBER, "-9223372036854775809", "to 9223372036854775807"),
        (SMALL, "99", "must be from 100 to 200"),
        (CLOCK, time(8, tzinfo=UTC), "without an offset"),
        (CLOCK, 3600, "without an offset"),
        (LENGTH, "P1M", "without years, months and weeks"),
        (LENGTH, timedelta(1), "such as P1DT2H30M"),
        (LENGTH, "P1000000DT0.000001S", "must be from -P1000000D to P1000000D"),
        (SHORT, "-PT0.000001S", "must be from PT0S to PT1M"),
        (SHORT, "PT1M0.000001S", "must be from PT0S to PT1M"),
        (LIST, ["a"] * 101, "at most 100 texts"),
        (LIST, ["a", "\ud800"], "at most 100 texts"),
    ],
)
def test_everything_else_is_refused(kind: TypeAdapter[Any], value: object, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        kind.validate_python(value)

    assert refused.value.error_count() == 1
    assert words in str(refused.value)


def test_schema_states_the_pattern_and_the_bounds() -> None:
    assert NUMBER.json_schema() == {
        "type": "string",
        "pattern": "^(0|-?[1-9][0-9]{0,18})$",
        "description": "From -9223372036854775808 to 9223372036854775807.",
        "examples": ["42"],
    }
    assert SMALL.json_schema()["examples"] == ["100"]
    assert SHORT.json_schema()["description"] == "From PT0S to PT1M."
    assert SHORT.json_schema()["examples"] == ["PT1M"]
    assert CLOCK.json_schema()["type"] == "string"
    assert "format" not in CLOCK.json_schema()


def test_defaults_are_documented_as_they_are_answered() -> None:
    properties = ThingRunCreate.model_json_schema()["properties"]

    assert properties["ends"]["default"] == "17:00:00"
    assert properties["rest"]["default"] == "PT1H30M"


def test_durations_are_stored_as_microseconds() -> None:
    table = Table("runs", MetaData(), Column("lasts", Microseconds))
    lengths = [timedelta(0), timedelta(microseconds=-1), -LONGEST, LONGEST, None]
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(insert(table), [{"lasts": each} for each in lengths])
        found = connection.scalars(select(table.c.lasts).order_by(table.c.lasts)).all()
        positive = connection.scalars(select(table.c.lasts).where(table.c.lasts > timedelta(0)))
        assert positive.all() == [LONGEST]
    engine.dispose()
    assert found == [None, -LONGEST, timedelta(microseconds=-1), timedelta(0), LONGEST]
