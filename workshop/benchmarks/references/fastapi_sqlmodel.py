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

from src.core.ids import uuid7
from workshop.benchmarks.references.schemas import Limit, ThingUpdate


def now() -> datetime:
    return datetime.now(UTC)


class ThingBase(SQLModel):
    name: str = Field(min_length=1, max_length=100)
    description: str | None = Field(default=None, max_length=2000)
    settings: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSON().with_variant(JSONB(), "postgresql")
    )


class Thing(ThingBase, table=True):
    __tablename__ = "things"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    version: int = 1
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now, sa_column_kwargs={"onupdate": now})


class ThingPublic(ThingBase):
    id: UUID
    version: int
    created_at: datetime
    updated_at: datetime


class ThingsPublic(SQLModel):
    items: list[ThingPublic]
    next_cursor: str | None
    total: int | None = None


engine = create_engine(os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg:"))


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]

app = FastAPI()


@app.get("/api/v1/things/{thing_id}", response_model=ThingPublic)
def get_thing(session: SessionDep, thing_id: UUID) -> Any:
    thing = session.get(Thing, thing_id)
    if thing is None:
        raise HTTPException(404)
    return thing


@app.get("/api/v1/things", response_model=ThingsPublic)
def list_things(session: SessionDep, limit: Limit = 20) -> Any:
    statement = select(Thing).order_by(col(Thing.id).desc()).limit(limit + 1)
    things = session.exec(statement).all()
    cursor = str(things[limit - 1].id) if len(things) > limit else None
    return {"items": things[:limit], "next_cursor": cursor}


@app.post("/api/v1/things", response_model=ThingPublic, status_code=201)
def create_thing(session: SessionDep, data: ThingBase) -> Any:
    thing = Thing.model_validate(data)
    save(session, thing)
    return thing


@app.patch("/api/v1/things/{thing_id}", response_model=ThingPublic)
def update_thing(session: SessionDep, thing_id: UUID, data: ThingUpdate) -> Any:
    thing = session.get(Thing, thing_id)
    if thing is None:
        raise HTTPException(404)
    thing.sqlmodel_update(data.model_dump(exclude_unset=True))
    thing.version += 1
    save(session, thing)
    return thing


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


def save(session: Session, thing: Thing) -> None:
    session.add(thing)
    try:
        session.commit()
    except IntegrityError:
        raise HTTPException(409, "This name is taken.") from None
    session.refresh(thing)
