from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field as PydanticField
from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from src.models.document_bodies import DvcMetadata, MlflowMetadata, ModelSession, ProjectConfig
from src.models.json_objects import JsonColumn, JsonModel, JsonOf, Tagged
from src.models.owned import Owned
from src.models.types import one_of

DocumentKind = Literal["model_session", "mlflow_metadata", "dvc_metadata", "project_config"]
BODIES: Mapping[str, type[JsonModel]] = MappingProxyType(
    {
        "model_session": ModelSession,
        "mlflow_metadata": MlflowMetadata,
        "dvc_metadata": DvcMetadata,
        "project_config": ProjectConfig,
    }
)


Body = Annotated[
    ModelSession | MlflowMetadata | DvcMetadata | ProjectConfig,
    PydanticField(discriminator="kind"),
    Tagged("kind", BODIES),
]
DocumentBody = Annotated[dict[str, Any], JsonOf(Body)]


class DocumentBase(SQLModel):
    project_id: UUID
    body: DocumentBody = Field(sa_type=JsonColumn)


class Document(DocumentBase, Owned, table=True):
    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("owner_id", "id"),
        ForeignKeyConstraint(
            ["project_id", "owner_id"], ["projects.id", "projects.owner_id"], ondelete="CASCADE"
        ),
        Index(None, "project_id"),
        # For pages of one kind.
        Index("ix_documents_kind", "owner_id", "kind", "id"),
        one_of("kind", DocumentKind),
        Index(
            "uq_documents_project_config",
            "owner_id",
            "project_id",
            unique=True,
            postgresql_where=text("kind = 'project_config'"),
            sqlite_where=text("kind = 'project_config'"),
        ),
        # For containment. SQLite has no such index; there it has no rows.
        Index(
            "ix_documents_body",
            "body",
            postgresql_using="gin",
            postgresql_ops={"body": "jsonb_path_ops"},
            sqlite_where=text("false"),
        ),
    )

    kind: DocumentKind = Field(sa_type=String)
    """The body's: a constraint and an index need it outside of the JSON."""
