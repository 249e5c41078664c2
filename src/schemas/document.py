import json
from contextlib import suppress
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import MISSING, AfterValidator, BeforeValidator, Field, JsonValue, WithJsonSchema

from src.models.document import DocumentBase, DocumentKind
from src.models.json_objects import JsonObject
from src.models.storable import storable
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import PageQuery, Several

WHERE_CHARACTERS, WHERE_LEVELS, WHERE_ITEMS = 1_000, 4, 20
LARGEST = 2**53 - 1
"""Beyond it, databases disagree about which numbers are equal."""


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice: Python would take the last."""
    if len(found := dict(members)) < len(members):
        raise ValueError
    return found


def _parsed(text: object) -> object:
    if not isinstance(text, str):
        return text
    if len(text) > WHERE_CHARACTERS:
        msg = f"must have at most {WHERE_CHARACTERS} characters"
        raise ValueError(msg)
    with suppress(ValueError, RecursionError):
        if isinstance(where := json.loads(text, object_pairs_hook=_object), dict):
            return where
    msg = 'must be a JSON object with each name once, such as {"status": "active"}'
    raise ValueError(msg)


def _simple(where: dict[str, Any]) -> dict[str, Any]:
    levels, items = extent_of(storable(where))
    if levels > WHERE_LEVELS or items > WHERE_ITEMS:
        msg = f"must have at most {WHERE_LEVELS} levels, and {WHERE_ITEMS} names and items"
        raise ValueError(msg)
    return where


def extent_of(value: JsonValue) -> tuple[int, int]:
    """Return the number of levels, and of names and items. Raises ``ValueError`` for a number."""
    if isinstance(value, int | float) and abs(value) > LARGEST:
        msg = f"must have numbers between {-LARGEST} and {LARGEST}"
        raise ValueError(msg)
    if not isinstance(value, dict | list):
        return 0, 0
    inner = [extent_of(each) for each in (value.values() if isinstance(value, dict) else value)]
    levels, items = zip(*inner, strict=True) if inner else ((0,), (0,))
    return 1 + max(levels), len(value) + sum(items)


Where = Annotated[
    dict[str, Any],
    BeforeValidator(_parsed),
    AfterValidator(_simple),
    WithJsonSchema(
        {
            "type": "string",
            "maxLength": WHERE_CHARACTERS,
            "contentMediaType": "application/json",
            "contentSchema": {"type": "object"},
        }
    ),
]


class DocumentCreate(DocumentBase, Payload):
    pass


class DocumentUpdate(Payload):
    """An absent field stays as it is.

    The body is a merge patch (RFC 7396): null removes a member, an object changes the members that
    it has, and any other value replaces the old one. The kind of a document never changes.
    """

    project_id: UUID | MISSING = MISSING
    body: JsonObject | MISSING = MISSING


class DocumentResponse(DocumentBase, EntityResponse):
    pass


class DocumentQuery(PageQuery):
    sort: Literal["id", "-id"] = "-id"
    project_id: UUID | MISSING = MISSING
    project_id_in: Several[UUID] | MISSING = MISSING
    kind: DocumentKind | MISSING = MISSING
    kind_in: Several[DocumentKind] | MISSING = MISSING
    where: Annotated[
        Where | MISSING,
        Field(description="What the body contains: of objects some members, of lists some items."),
    ] = MISSING
