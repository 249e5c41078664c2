"""Types of JSON columns and of the objects in them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    GetCoreSchemaHandler,
    ValidatorFunctionWrapHandler,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema
from sqlalchemy import JSON
from sqlalchemy.dialects.postgresql import JSONB

from src.models.storable import storable

# The values are checked as a whole, so that an error names the field and not the client's keys.
# With JsonValue, Python code would also serialise each of them.
JsonObject = Annotated[dict[str, Any], AfterValidator(storable)]

UNKNOWN_FIELDS = 20
"""Most unknown fields of an object that are refused one by one."""


class JsonModel(BaseModel):
    """The fields of the objects in a JSON column."""

    model_config = {"extra": "forbid"}

    @model_validator(mode="before")
    @classmethod
    def _with_few_fields(cls, data: Any) -> Any:
        if isinstance(data, dict) and len(data) > len(cls.model_fields) + UNKNOWN_FIELDS:
            msg = f"must have at most {len(cls.model_fields)} fields"
            raise ValueError(msg)
        return data


@dataclass(frozen=True)
class JsonOf:
    """Validates objects by a model, or a union of models. What is stored and answered is their
    JSON: a rule that became stricter must not make old rows unreadable.
    """

    model: object

    def __get_pydantic_core_schema__(
        self, source: type, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            lambda given: storable(given.model_dump(mode="json")),
            handler.generate_schema(self.model),
            serialization=core_schema.plain_serializer_function_ser_schema(dict),
        )


@dataclass(frozen=True)
class Tagged:
    """Validates an object by the model that one of its fields names.

    Pydantic itself would repeat an unknown name, and put the known one in the place of each error.
    """

    tag: str
    models: Mapping[str, type[BaseModel]]

    def __get_pydantic_core_schema__(
        self, source: type, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._validated, handler(source))

    def _validated(self, value: Any, _: ValidatorFunctionWrapHandler) -> BaseModel:
        if isinstance(value, BaseModel) and type(value) in self.models.values():
            return value
        name = value.get(self.tag) if isinstance(value, dict) else None
        if not isinstance(name, str) or name not in self.models:
            msg = f"must have a {self.tag}: {', '.join(self.models)}"
            raise ValueError(msg)
        return self.models[name].model_validate(value)


class _Json(JSON):
    def compare_values(self, x: object, y: object) -> bool:
        # In Python 1, 1.0 and True are equal: a change of one into another would not be written.
        return json.dumps(x, sort_keys=True) == json.dumps(y, sort_keys=True)


JsonColumn = _Json(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
