from typing import Literal

from pydantic import MISSING

from src.models.json_objects import JsonObject
from src.models.project import ProjectBase, ProjectDescription, ProjectName
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import PageQuery


class ProjectCreate(ProjectBase, Payload):
    pass


class ProjectUpdate(Payload):
    """An absent field stays as it is; a null one is cleared, where that is allowed."""

    name: ProjectName | MISSING = MISSING
    description: ProjectDescription | MISSING = MISSING
    settings: JsonObject | MISSING = MISSING


class ProjectResponse(ProjectBase, EntityResponse):
    pass


class ProjectQuery(PageQuery):
    sort: Literal["id", "-id", "name", "-name"] = "-id"
    name: ProjectName | MISSING = MISSING
