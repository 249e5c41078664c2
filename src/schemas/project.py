from typing import Literal

from pydantic import MISSING

from src.models.project import ProjectBase, ProjectDescription, ProjectName, ProjectStatus
from src.models.types import BoolQuery
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import PageQuery, Several


class ProjectCreate(ProjectBase, Payload):
    pass


class ProjectUpdate(Payload):
    """An absent field stays as it is; a null one is cleared, where that is allowed."""

    name: ProjectName | MISSING = MISSING
    description: ProjectDescription | MISSING = MISSING
    status: ProjectStatus | MISSING = MISSING


class ProjectResponse(ProjectBase, EntityResponse):
    pass


class ProjectQuery(PageQuery):
    sort: Literal["id", "-id", "name", "-name"] = "-id"
    name: ProjectName | MISSING = MISSING
    name_in: Several[ProjectName] | MISSING = MISSING
    description_null: BoolQuery | MISSING = MISSING
    status: ProjectStatus | MISSING = MISSING
    status_in: Several[ProjectStatus] | MISSING = MISSING
