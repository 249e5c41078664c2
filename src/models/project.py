from typing import Annotated

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from src.models.json_objects import JsonColumn, JsonObject
from src.models.owned import Owned
from src.models.types import NonBlank, Text, Trimmed

ProjectName = Annotated[NonBlank, Field(min_length=1, max_length=100), Trimmed]
ProjectDescription = Annotated[Text | None, Field(max_length=2000)]


class ProjectBase(SQLModel):
    name: ProjectName
    description: ProjectDescription = None
    settings: JsonObject = Field(default_factory=dict, sa_type=JsonColumn)


class Project(ProjectBase, Owned, table=True):
    __tablename__ = "projects"
    __table_args__ = (UniqueConstraint("owner_id", "id"), UniqueConstraint("owner_id", "name"))
