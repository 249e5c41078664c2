"""JSON columns with the fields of a model."""

from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from src.models.json_objects import UNKNOWN_FIELDS, JsonModel, JsonOf
from src.models.types import Timestamp


class Stop(JsonModel):
    name: str
    at: Timestamp | None = None


STOPS = TypeAdapter[dict[str, Any]](Annotated[dict[str, Any], JsonOf(Stop)])


def test_value_is_the_json_of_the_model() -> None:
    given = {"name": "Bonn", "at": "2030-01-01T08:00:00+01:00"}

    assert STOPS.validate_python(given) == {"name": "Bonn", "at": "2030-01-01T07:00:00Z"}
    assert STOPS.validate_python({"name": "Bonn"}) == {"name": "Bonn", "at": None}


def test_what_a_stricter_model_would_refuse_is_still_shown() -> None:
    assert STOPS.dump_json({"town": "Bonn"}) == b'{"town":"Bonn"}'


def test_document_has_the_fields() -> None:
    assert [*STOPS.json_schema()["properties"]] == ["name", "at"]
    assert STOPS.json_schema(mode="serialization") == STOPS.json_schema()


@pytest.mark.parametrize(
    ("value", "places"),
    [
        ({}, [("name",)]),
        ({"name": 1, "at": "now"}, [("name",), ("at",)]),
        ({"name": "Bonn", "town": "Bonn"}, [("town",)]),
        ({"name": "Bonn"} | {f"x{n}": 1 for n in range(UNKNOWN_FIELDS + 2)}, [()]),
        ({"name": "a\x00b"}, [()]),
        ({"name": "x" * 65_536}, [()]),
        ([], [()]),
    ],
)
def test_wrong_value_is_refused_at_its_place(value: object, places: list[tuple[str, ...]]) -> None:
    with pytest.raises(ValidationError) as error:
        STOPS.validate_python(value)

    assert [each["loc"] for each in error.value.errors()] == places
