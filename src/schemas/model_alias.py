from typing import Literal
from uuid import UUID

from pydantic import MISSING

from src.models.model_alias import ModelAliasBase, ModelAliasName
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import PageQuery, Several


class ModelAliasCreate(ModelAliasBase, Payload):
    pass


class ModelAliasUpdate(Payload):
    """An absent field stays as it is."""

    version_id: UUID | MISSING = MISSING
    name: ModelAliasName | MISSING = MISSING


class ModelAliasSet(Payload):
    version_id: UUID


class ModelAliasResponse(ModelAliasBase, EntityResponse):
    pass


class ModelAliasQuery(PageQuery):
    sort: Literal["id", "-id"] = "-id"
    ml_model_id: UUID | MISSING = MISSING
    ml_model_id_in: Several[UUID] | MISSING = MISSING
    version_id: UUID | MISSING = MISSING
    version_id_in: Several[UUID] | MISSING = MISSING
