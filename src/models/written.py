"""Values that travel as text in one spelling, because JSON has no other exact form for them."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True)
class Written[Value: (int, timedelta)](ABC):
    """The text of a value, its bounds, and an example for the API's documentation."""

    ge: Value
    le: Value
    example: Value

    pattern: ClassVar[str]
    fault: ClassVar[str]
    """The words about everything else."""

    @staticmethod
    @abstractmethod
    def read(text: str) -> Any:
        """Return the value of a text that matches the pattern."""

    @staticmethod
    @abstractmethod
    def write(value: Any) -> str:
        """Return the one text of a value."""

    def __get_pydantic_core_schema__(
        self, source: type, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            self._read,
            handler(source),
            serialization=core_schema.plain_serializer_function_ser_schema(
                self.write, when_used="json-unless-none"
            ),
        )

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {
            "type": "string",
            "pattern": f"^({self.pattern})$",
            "description": f"From {self._bounds}.",  # JSON Schema cannot bound text
            "examples": [self.write(sorted((self.ge, self.example, self.le))[1])],
        }

    def _read(self, value: object) -> object:
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value):
            raise ValueError(self.fault)
        read = self.read(value)
        if not self.ge <= read <= self.le:
            msg = f"must be from {self._bounds}"
            raise ValueError(msg)
        return read

    @property
    def _bounds(self) -> str:
        return f"{self.write(self.ge)} to {self.write(self.le)}"


@dataclass(frozen=True)
class Int64Text(Written[int]):
    ge: int = -(2**63)
    le: int = 2**63 - 1
    example: int = 42

    pattern = "0|-?[1-9][0-9]{0,18}"
    # Of a number, nobody could tell whether the client has rounded it.
    fault = 'must be a whole number as text, such as "42"'

    @staticmethod
    def read(text: str) -> int:
        return int(text)

    @staticmethod
    def write(value: int) -> str:
        return str(value)


Int64 = Annotated[int, Int64Text()]
