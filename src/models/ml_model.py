from typing import Annotated
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from src.models.owned import Owned
from src.models.types import NonBlank, Text, Trimmed

MlModelName = Annotated[NonBlank, Field(min_length=1, max_length=256), Trimmed]
MlModelTask = Annotated[NonBlank, Field(min_length=1, max_length=50), Trimmed]
MlModelFramework = Annotated[NonBlank | None, Field(min_length=1, max_length=50), Trimmed]
MlModelDescription = Annotated[Text | None, Field(max_length=2000)]


class MlModelBase(SQLModel):
    project_id: UUID
    name: MlModelName
    task: MlModelTask
    framework: MlModelFramework = None
    description: MlModelDescription = None


class MlModel(MlModelBase, Owned, table=True):
    __tablename__ = "ml_models"
    __table_args__ = (
        UniqueConstraint("owner_id", "id"),
        ForeignKeyConstraint(["project_id", "owner_id"], ["projects.id", "projects.owner_id"]),
        Index(None, "project_id"),
        Index(None, "task"),
        Index(None, "framework"),
        UniqueConstraint("owner_id", "project_id", "name"),
    )

    last_number: int = 0
    """The greatest number of a version so far, deleted ones included: no number is reused."""
