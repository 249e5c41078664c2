from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints
from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from src.models.owned import Owned

ModelAliasName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]+$"),
    Field(min_length=1, max_length=255, schema_extra={"examples": ["champion"]}),
]


class ModelAliasBase(SQLModel):
    ml_model_id: UUID
    version_id: UUID
    name: ModelAliasName


class ModelAlias(ModelAliasBase, Owned, table=True):
    __tablename__ = "model_aliases"
    __table_args__ = (
        UniqueConstraint("owner_id", "id"),
        ForeignKeyConstraint(["ml_model_id", "owner_id"], ["ml_models.id", "ml_models.owner_id"]),
        Index(None, "ml_model_id"),
        # The version must belong to the same model, too.
        ForeignKeyConstraint(
            ["version_id", "ml_model_id", "owner_id"],
            ["model_versions.id", "model_versions.ml_model_id", "model_versions.owner_id"],
        ),
        Index(None, "version_id"),
        UniqueConstraint("owner_id", "ml_model_id", "name"),
    )
