from typing import Annotated, Literal

from sqlalchemy import String, UniqueConstraint
from sqlmodel import Field, SQLModel

from src.models.owned import Owned
from src.models.types import NonBlank, Text, Trimmed, one_of

ProjectName = Annotated[NonBlank, Field(min_length=1, max_length=500), Trimmed]
ProjectDescription = Annotated[Text | None, Field(max_length=2000)]
ProjectStatus = Literal["active", "completed", "archived"]


class ProjectBase(SQLModel):
    name: ProjectName
    description: ProjectDescription = None
    status: ProjectStatus = Field(default="active", sa_type=String)


class Project(ProjectBase, Owned, table=True):
    __tablename__ = "projects"
    __table_args__ = (
        UniqueConstraint("owner_id", "id"),
        UniqueConstraint("owner_id", "name"),
        one_of("status", ProjectStatus),
    )
