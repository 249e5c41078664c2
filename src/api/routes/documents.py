from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from src.api.caller import provide_owned
from src.api.dependencies import IfMatch
from src.api.routing import ResourceRouter
from src.schemas.document import DocumentCreate, DocumentQuery, DocumentResponse, DocumentUpdate
from src.schemas.page import Page
from src.services.document import DocumentService

DocumentServiceDep = Annotated[DocumentService, Depends(provide_owned(DocumentService))]

router = ResourceRouter("/documents")

_SCHEMA = {"$ref": "#/components/schemas/DocumentUpdate"}
MERGE_PATCH = {
    "requestBody": {"content": {"application/merge-patch+json": {"schema": _SCHEMA}}},
}
"""The type that RFC 7396 registers; plain JSON is taken, too, and means the same."""


@router.get("")
async def list_documents(
    documents: DocumentServiceDep, query: Annotated[DocumentQuery, Query()]
) -> Page[DocumentResponse]:
    return await documents.find(query)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_document(documents: DocumentServiceDep, data: DocumentCreate) -> DocumentResponse:
    return await documents.create(data)


@router.get("/{document_id}")
async def get_document(documents: DocumentServiceDep, document_id: UUID) -> DocumentResponse:
    return await documents.get(document_id)


@router.patch("/{document_id}", openapi_extra=MERGE_PATCH)
async def update_document(
    documents: DocumentServiceDep, document_id: UUID, changes: DocumentUpdate, if_match: IfMatch
) -> DocumentResponse:
    return await documents.update(document_id, changes, if_match)


@router.delete("/{document_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_document(
    documents: DocumentServiceDep, document_id: UUID, if_match: IfMatch
) -> None:
    await documents.delete(document_id, if_match)
