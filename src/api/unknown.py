"""Names what a request may have, where it has something else."""

import inspect
from collections.abc import Callable, Sequence
from functools import cache
from typing import get_args, get_type_hints

from fastapi import params
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaValue as Schema


def unknown(endpoint: Callable[..., object] | None, place: Sequence[str | int]) -> str:
    """Return a message for an unknown member at a place, such as ``("body", "points", 0)``."""
    what = "unknown parameter" if place[0] == "query" else "unknown field"
    names = _names_at(endpoint, place) if endpoint else []
    return f"{what}; allowed: {', '.join(names)}" if names else what


def _names_at(endpoint: Callable[..., object], place: Sequence[str | int]) -> list[str]:
    kinds = _kinds_of(endpoint)
    if place[0] not in kinds:
        return []
    document = _schema_of(kinds[str(place[0])])
    found = [document]
    for step in place[1:]:
        found = [inner for each in _options(found, document) for inner in _members(each, step)]
    return [name for each in _options(found, document) for name in each.get("properties", ())]


@cache
def _kinds_of(endpoint: Callable[..., object]) -> dict[str, type[BaseModel]]:
    """Return the models of a handler's query and body."""
    kinds: dict[str, type[BaseModel]] = {}
    for name, hint in get_type_hints(endpoint, include_extras=True).items():
        marks = getattr(hint, "__metadata__", ())
        kind = get_args(hint)[0] if marks else hint
        if name != "return" and inspect.isclass(kind) and issubclass(kind, BaseModel):
            is_query = any(isinstance(each, params.Query) for each in marks)
            kinds.setdefault("query" if is_query else "body", kind)
    return kinds


@cache
def _schema_of(kind: type[BaseModel]) -> Schema:
    return kind.model_json_schema()


def _options(schemas: list[Schema], document: Schema) -> list[Schema]:
    """Follow references and alternatives to the schemas that stand for them."""
    found = []
    for each in schemas:
        if reference := each.get("$ref"):
            each = document["$defs"][reference.rpartition("/")[2]]
        further = [*each.get("anyOf", ()), *each.get("allOf", ())]
        found += _options(further, document) if further else [each]
    return found


def _members(schema: Schema, step: str | int) -> list[Schema]:
    members = schema.get("properties", {}).get(step), schema.get("items")
    return [each for each in members if isinstance(each, dict)]
