"""FastAPI with SQLModel's synchronous session, the way most templates are written."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import JSON
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, create_engine, select

from benchmarks.references.schemas import Limit, ProjectUpdate
from src.core.ids import uuid7


def now() -> datetime:
    return datetime.now(UTC)


class ProjectBase(SQLModel):
    name: str = Field(min_length=1, max_length=100)
    description: str | None = Field(default=None, max_length=2000)
    settings: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSON().with_variant(JSONB(), "postgresql")
    )


class Project(ProjectBase, table=True):
    __tablename__ = "projects"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    version: int = 1
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now, sa_column_kwargs={"onupdate": now})


class ProjectPublic(ProjectBase):
    id: UUID
    version: int
    created_at: datetime
    updated_at: datetime


class ProjectsPublic(SQLModel):
    items: list[ProjectPublic]
    next_cursor: str | None
    total: int | None = None


engine = create_engine(os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg:"))


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]

app = FastAPI()


@app.get("/api/v1/projects/{project_id}", response_model=ProjectPublic)
def get_project(session: SessionDep, project_id: UUID) -> Any:
    project = session.get(Project, project_id)
    if project is None:
        raise HTTPException(404)
    return project


@app.get("/api/v1/projects", response_model=ProjectsPublic)
def list_projects(session: SessionDep, limit: Limit = 20) -> Any:
    statement = select(Project).order_by(col(Project.id).desc()).limit(limit + 1)
    projects = session.exec(statement).all()
    cursor = str(projects[limit - 1].id) if len(projects) > limit else None
    return {"items": projects[:limit], "next_cursor": cursor}


@app.post("/api/v1/projects", response_model=ProjectPublic, status_code=201)
def create_project(session: SessionDep, data: ProjectBase) -> Any:
    project = Project.model_validate(data)
    save(session, project)
    return project


@app.patch("/api/v1/projects/{project_id}", response_model=ProjectPublic)
def update_project(session: SessionDep, project_id: UUID, data: ProjectUpdate) -> Any:
    project = session.get(Project, project_id)
    if project is None:
        raise HTTPException(404)
    project.sqlmodel_update(data.model_dump(exclude_unset=True))
    project.version += 1
    save(session, project)
    return project


def save(session: Session, project: Project) -> None:
    session.add(project)
    try:
        session.commit()
    except IntegrityError:
        raise HTTPException(409, "This name is taken.") from None
    session.refresh(project)
