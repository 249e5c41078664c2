"""Values as requests are validated: by the types in the feature's own files."""

import json
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from scaffold.errors import RefusedError
from scaffold.spec.constraints import Features
from scaffold.spec.feature import Feature
from scaffold.spec.field import Field
from scaffold.spec.kinds import UNREADABLE
from scaffold.write.code import code_for
from scaffold.write.spelling import Spelling
from src.models import types

PLAIN = {"int", "bigint", "float", "bool", "json", "list"}
"""Types that are no text in JSON."""


def validated(field: Field, given: str, feature: Feature, features: Features, model: str) -> Any:
    """Return what a request with this value would store. The model is the feature's file."""
    try:
        value = field.facts.read(given)
    except UNREADABLE:
        example = field.facts.example
        raise RefusedError(f"{field}: {given} is no {field.kind}, such as {example}") from None
    adapter = TypeAdapter[Any](_type_of(field, feature, features, model))
    try:
        if field.kind in PLAIN:
            return adapter.validate_python(value)
        return adapter.validate_json(json.dumps(given))
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise RefusedError(f"{field}: {given}: {reason}") from None


def _type_of(field: Field, feature: Feature, features: Features, model: str) -> Any:
    spelling = Spelling(feature, replace(field, optional=False))
    names: dict[str, object] = {}
    for code in (code_for("model", feature, features), model):
        types_alone = code.partition(f"\nclass {feature.class_name}Base(")[0]
        exec(types_alone, names)  # noqa: S102  # what a person has written, or we have just now
    if spelling.alias:
        exec(f"{spelling.alias} = {spelling.definition}", names)  # noqa: S102
    return eval(spelling.type, names)  # noqa: S307


def pattern_of(field: Field) -> str | None:
    """Return the pattern that requests have to match."""
    if field.kind in {"email", "url"}:
        schema = TypeAdapter[str](getattr(types, field.facts.type)).json_schema()
        return str(schema["pattern"])
    return field.pattern
