from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from src.api.caller import provide_owned
from src.api.dependencies import IfMatch
from src.api.routing import ResourceRouter
from src.schemas.page import Page
from src.schemas.project import ProjectCreate, ProjectQuery, ProjectResponse, ProjectUpdate
from src.services.project import ProjectService

ProjectServiceDep = Annotated[ProjectService, Depends(provide_owned(ProjectService))]

router = ResourceRouter("/projects")


@router.get("")
async def list_projects(
    projects: ProjectServiceDep, query: Annotated[ProjectQuery, Query()]
) -> Page[ProjectResponse]:
    return await projects.find(query)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_project(projects: ProjectServiceDep, data: ProjectCreate) -> ProjectResponse:
    return await projects.create(data)


@router.get("/{project_id}")
async def get_project(projects: ProjectServiceDep, project_id: UUID) -> ProjectResponse:
    return await projects.get(project_id)


@router.patch("/{project_id}")
async def update_project(
    projects: ProjectServiceDep, project_id: UUID, changes: ProjectUpdate, if_match: IfMatch
) -> ProjectResponse:
    return await projects.update(project_id, changes, if_match)


@router.delete("/{project_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_project(projects: ProjectServiceDep, project_id: UUID, if_match: IfMatch) -> None:
    await projects.delete(project_id, if_match)
