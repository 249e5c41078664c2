"""Kinds of jobs for tests, and a worker that runs jobs inline."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import text

from src.core.database import Database
from src.jobs.handlers import AnyHandler, Handler, by_name, found
from src.jobs.runner import Runner
from src.jobs.work import Work
from src.schemas.job import JobResponse, Kind
from src.services.developer import DEVELOPER
from src.services.job_queue import enqueue
from tests.apps import database_of, service_of
from tests.databases import SEEDS


class Task(BaseModel):
    number: int = 0


class Done(BaseModel):
    number: int


SQUARE = Kind("square", Task)


async def square(work: Work[Task]) -> Done:
    return Done(number=work.payload.number**2)


class Jobs:
    """The jobs of an app, and a worker for them without a loop of its own."""

    def __init__(self, app: FastAPI, *handlers: AnyHandler) -> None:
        self.database, self.settings = database_of(app), service_of(app).settings
        self.is_sqlite = self.settings.database_url.get_backend_name() == "sqlite"
        self.handlers = found() | by_name([Handler(SQUARE, square), *handlers])
        self.runner = Runner(self.database, self.settings, self.handlers)

    async def add(self, number: int = 0, **options: Any) -> JobResponse:
        """Enqueue a job, by default of the development user and the first kind."""
        values: dict[str, Any] = {
            "kind": SQUARE,
            "owner_id": DEVELOPER,
            "payload": Task(number=number),
        } | options
        async with self.database.writing() as session:
            return await enqueue(session, **values)

    async def run(self) -> int:
        """Run what is due, one after the other, and return how many that were."""
        queues = [queue for each in self.handlers.values() for queue in each.kind.queues]
        count = 0
        while (task := await self.runner.claim(queues)) is not None:
            await task
            count += 1
        return count

    async def sql(self, statement: str, **values: object) -> list[Any]:
        """Run a statement past the services."""
        async with self.database.writing() as session:
            done = await (await session.connection()).execute(text(statement), values)
            return [*done.all()] if done.returns_rows else []


async def forget_messages(database: Database) -> None:
    """Empty procrastinate's table, which is none of the models'."""
    async with database.writing() as session:
        connection = await session.connection()
        if connection.dialect.name == "postgresql":
            await connection.execute(text("DELETE FROM procrastinate_jobs"))


SEEDS.append(forget_messages)
