"""Decimals: the accepted texts, and exact storage."""

import re
from decimal import Decimal
from typing import Annotated

import pytest
from pydantic import Field, TypeAdapter, ValidationError
from sqlalchemy import Dialect, create_engine

from src.models.decimals import Digits, Exact

AMOUNT = TypeAdapter[Decimal](Annotated[Decimal, Digits(5, 2)])
PRICE = TypeAdapter[Decimal](Annotated[Decimal, Field(ge=Decimal(1)), Digits(5, 2)])
SQLITE = create_engine("sqlite://").dialect
POSTGRESQL = create_engine("postgresql+psycopg://").dialect


@pytest.mark.parametrize("value", ["0", "999.99", "-999.99", "0.1", "7.50", Decimal("1.25")])
def test_text_with_at_most_these_digits_is_accepted(value: str | Decimal) -> None:
    assert AMOUNT.validate_python(value) == Decimal(value)


@pytest.mark.parametrize(
    "value", ["1000", "0.001", "1e2", "NaN", "Infinity", " 1", "1.", ".5", "", 1, 1.5, True, None]
)
def test_everything_else_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        AMOUNT.validate_python(value)


def test_decimals_travel_as_text() -> None:
    assert AMOUNT.dump_json(Decimal("7.50")) == b'"7.50"'
    assert AMOUNT.validate_json('"7.50"') == Decimal("7.50")


@pytest.mark.parametrize("places", range(13))
@pytest.mark.parametrize("more", [0, 1, 12])
def test_every_decimal_is_answered_in_a_form_that_is_taken_back(places: int, more: int) -> None:
    """Of each scale and magnitude, as SQLite and PostgreSQL return them."""
    total = max(places + more, 1)
    kind = TypeAdapter[Decimal](Annotated[Decimal, Digits(total, places)])
    least = Decimal(1).scaleb(-places)
    for digits in (0, 1, 10**total - 1, *(10**each for each in range(total))):
        for value in (Decimal(digits).scaleb(-places), digits * least, Decimal(digits) * -least):
            text = kind.dump_python(value, mode="json")
            assert text == f"{value:.{places}f}"
            assert kind.validate_python(text) == value
            schema = kind.json_schema()
            assert re.fullmatch(schema["pattern"], text)
            assert "E" not in schema["description"]


def test_decimals_of_no_places_and_of_places_alone_have_their_form() -> None:
    whole = TypeAdapter[Decimal](Annotated[Decimal, Digits(3, 0)])
    part = TypeAdapter[Decimal](Annotated[Decimal, Digits(8, 8)])

    assert whole.validate_python("123") == 123
    assert part.validate_python("0.00000001") == Decimal("1E-8")
    for kind, text, words in [
        (whole, "1.5", "must be text with 3 digits at most"),
        (part, "1.00000000", "no more than 0 digits before"),
    ]:
        with pytest.raises(ValidationError, match=words):
            kind.validate_python(text)


@pytest.mark.parametrize(
    ("kind", "pattern", "bounds"),
    [
        (AMOUNT, r"^-?[0-9]{1,3}(\.[0-9]{1,2})?$", "From -999.99 to 999.99."),
        (PRICE, r"^[0-9]{1,3}(\.[0-9]{1,2})?$", "From 1 to 999.99."),
    ],
    ids=["any", "at least 1"],
)
def test_schema_states_the_pattern_and_the_bounds(
    kind: TypeAdapter[Decimal], pattern: str, bounds: str
) -> None:
    assert kind.json_schema() == {
        "type": "string",
        "pattern": pattern,
        "description": bounds,
        "examples": ["1.00"],
    }


def test_bounds_hold() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        PRICE.validate_python("0.99")


@pytest.mark.parametrize("value", [None, Decimal("0.01"), Decimal("-123456789012.34")])
@pytest.mark.parametrize("dialect", [SQLITE, POSTGRESQL], ids=lambda dialect: dialect.name)
def test_stored_decimal_is_read_unchanged(dialect: Dialect, value: Decimal | None) -> None:
    kind = Exact(14, 2)

    stored: object = kind.process_bind_param(value, dialect)

    assert kind.process_result_value(stored, dialect) == value
    if dialect is SQLITE and value is not None:
        assert isinstance(stored, int)
