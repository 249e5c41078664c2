from collections import defaultdict
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import MISSING, TypeAdapter, ValidationError
from sqlalchemy import BindParameter, ColumnElement, bindparam
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import ConflictError, InvalidError
from src.core.queries import Row
from src.models.document import BODIES, Document
from src.models.json_objects import JsonColumn, JsonOf
from src.schemas.base import ERRORS, message_of
from src.schemas.document import DocumentCreate, DocumentResponse, DocumentUpdate
from src.services.base import Versions
from src.services.containment import contains
from src.services.document_upgrades import Body, upgraded
from src.services.merge_patch import merged
from src.services.owned import OwnedService
from src.services.queries import TableQueries

SHOWN = 20
"""Most errors in an answer."""
_FORMS = {
    kind: TypeAdapter[Body](Annotated[dict[str, Any], JsonOf(model)])
    for kind, model in BODIES.items()
}


class _Queries(TableQueries):
    def _passes(self, name: str) -> ColumnElement[bool]:
        if name == "where":
            where: BindParameter[Any] = bindparam("where", type_=JsonColumn)
            return contains(col(Document.body), where)
        return super()._passes(name)


_QUERIES = _Queries(Document, tuple(DocumentResponse.model_fields), ("owner_id",))


class DocumentService(OwnedService[Document, DocumentCreate, DocumentUpdate, DocumentResponse]):
    model = Document
    response = DocumentResponse

    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        super().__init__(session, owner_id)
        self._queries = _QUERIES

    async def create(self, data: DocumentCreate) -> DocumentResponse:
        return await self._insert({**data.model_dump(), "kind": data.body["kind"]})

    async def update(
        self, entity_id: UUID, changes: DocumentUpdate, if_match: Versions | None = None
    ) -> DocumentResponse:
        if changes.body is MISSING:
            return await super().update(entity_id, changes, if_match)
        document = await self.load(entity_id, if_match)
        body = _changed(document, changes.body)
        document.sqlmodel_update(changes.model_dump() | {"body": body})
        return await self.save(document)

    async def delete(self, entity_id: UUID, if_match: Versions | None = None) -> None:
        """Delete a document. Raises `ConflictError` for the configuration of a project."""
        document = await self.load(entity_id, if_match)
        if document.kind == "project_config":
            msg = "A project keeps its configuration: change it, or delete the project."
            raise ConflictError(msg)
        await super().delete(entity_id, if_match)

    def _response(self, row: Row) -> DocumentResponse:
        document = super()._response(row)
        document.body = upgraded(document.body)
        return document


def _changed(document: Document, patch: Body) -> Body:
    """Return the patched body. Raises `InvalidError` unless it has the form of the kind."""
    body = merged(upgraded(document.body), patch)
    try:
        return _FORMS[document.kind].validate_python(body)
    except ValidationError as error:
        msg = "The body would not match the schema of its kind."
        raise InvalidError(msg, errors=_by_place(error)) from None


def _by_place(error: ValidationError) -> Mapping[str, list[str]]:
    """Return messages as a request that does not match its schema gets them."""
    if error.error_count() > ERRORS:
        return {"body.body": [f"has more than {ERRORS} errors"]}
    messages = defaultdict(list)
    for each in error.errors(include_url=False, include_context=False, include_input=False)[:SHOWN]:
        place, message = each["loc"], message_of(each)
        if each["type"] == "extra_forbidden":  # the name of the field is the client's
            place, message = place[:-1], "unknown field"
        messages[".".join(map(str, ("body", "body", *place)))].append(message)
    return messages
