"""Decimals that are exact in JSON and in every database."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema
from sqlalchemy import BigInteger, Dialect, Numeric, TypeDecorator


@dataclass(frozen=True)
class Digits:
    """The number of digits of a decimal: in all, and after the point. Stands last in a type.

    Decimals travel as text: many of them would be rounded on the way as JSON numbers.
    """

    total: int
    places: int
    example: str | None = None

    def __get_pydantic_core_schema__(
        self, source: type, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        number: Any = handler(source)
        pattern = self._pattern(number)

        def written_as_decimal(value: object) -> object:
            if isinstance(value, Decimal) or (
                isinstance(value, str) and re.fullmatch(pattern, value)
            ):
                return value
            after = f", a point and {self.places} digits" if self.places else ""
            msg = f"must be text with {self._before} digits at most{after}"
            raise ValueError(msg)

        return core_schema.no_info_before_validator_function(
            written_as_decimal,
            number | {"max_digits": self.total, "decimal_places": self.places},
            serialization=core_schema.plain_serializer_function_ser_schema(
                _in_places, when_used="json-unless-none"
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        number: Any = schema["schema"]
        greatest = Decimal(10**self.total - 1).scaleb(-self.places)
        usual = number.get("ge", number.get("le", min(1, greatest)))
        least, most = (
            Decimal(str(number.get(*end))) for end in (("ge", -greatest), ("le", greatest))
        )
        return {
            "type": "string",
            "pattern": f"^{self._pattern(number)}$",
            "description": f"From {least:f} to {most:f}.",  # JSON Schema cannot bound text
            "examples": [self.example or f"{usual:.{self.places}f}"],
        }

    def _pattern(self, number: dict[str, Any]) -> str:
        sign = "" if number.get("ge", -1) >= 0 else "-?"
        fraction = rf"(\.[0-9]{{1,{self.places}}})?" if self.places else ""
        return f"{sign}[0-9]{{1,{self._before}}}{fraction}"

    @property
    def _before(self) -> int:
        return max(self.total - self.places, 1)  # for the zero of 0.5


def _in_places(value: Decimal) -> str:
    return f"{value:f}"  # str() would write seven places of zero as 0E-7


class Exact(TypeDecorator[Decimal]):
    """NUMERIC; on SQLite, which would store a float, an integer that counts the last place."""

    impl = Numeric
    cache_ok = True

    def __init__(self, total: int, places: int) -> None:
        super().__init__(total, places)
        self.total, self.places = total, places

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return BigInteger() if dialect.name == "sqlite" else self.impl_instance

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return int(value.scaleb(self.places))

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | Any:
        if value is None or dialect.name != "sqlite":
            return value
        return Decimal(value).scaleb(-self.places)
