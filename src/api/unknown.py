"""Names what a request may have, where it has something else."""

import inspect
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any, get_args, get_type_hints

from fastapi import params
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaValue as Schema

type Endpoint = Callable[..., object]
type Place = tuple[str | int, ...]
"""Where a member is, such as ``("body", "points", 0)``."""


def unknown(endpoint: Endpoint | None, problems: Sequence[Any]) -> list[tuple[Place, str]]:
    """Return a message for each place where a request has members that it must not have."""
    found = defaultdict[Place, set[str | int]](set)
    for each in problems:
        if each["type"] == "extra_forbidden":
            *place, name = each["loc"]  # the name is the client's
            found[*place,].add(name)
    return [(place, _message(endpoint, place, given)) for place, given in found.items()]


def _message(endpoint: Endpoint | None, place: Place, given: set[str | int]) -> str:
    what = "unknown parameter" if place[0] == "query" else "unknown field"
    if endpoint and place == ("body",) and given.issubset(_shown_by(endpoint)):
        what = "read-only field"
    names = _names_at(endpoint, place) if endpoint else []
    return f"{what}; allowed: {', '.join(names)}" if names else what


def _shown_by(endpoint: Endpoint) -> Collection[str]:
    """Return the fields of a handler's answer, which a client may have sent back."""
    shown: object = get_type_hints(endpoint).get("return")
    return shown.model_fields if inspect.isclass(shown) and issubclass(shown, BaseModel) else ()


def _names_at(endpoint: Endpoint, place: Place) -> list[str]:
    kinds = _kinds_of(endpoint)
    if place[0] not in kinds:
        return []
    document = _schema_of(kinds[str(place[0])])
    found = [document]
    for step in place[1:]:
        found = [inner for each in _options(found, document) for inner in _members(each, step)]
    return [name for each in _options(found, document) for name in each.get("properties", ())]


@cache
def _kinds_of(endpoint: Endpoint) -> dict[str, type[BaseModel]]:
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
