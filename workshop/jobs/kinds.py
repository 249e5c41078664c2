"""Kinds of jobs whose effects can be counted."""

import asyncio

from pydantic import BaseModel, RootModel
from sqlalchemy import text

from src.jobs.child import run_in_child
from src.jobs.handlers import Handler, by_name
from src.jobs.work import Work
from src.schemas.job import Kind

LEDGER = "CREATE TABLE ledger (job_id VARCHAR(36) NOT NULL, worker VARCHAR(80) NOT NULL)"
"""Without any constraint: it takes every effect, also a second one of the same job."""


class Steps(BaseModel):
    seconds: float = 0
    steps: int = 1


class Nothing(BaseModel):
    pass


class Request(RootModel[dict[str, str]]):
    pass


ENTRY = Kind("entry", Steps, max_attempts=10)
NOTHING = Kind("nothing", Nothing)
CHILD = Kind("child", Request)
UNKNOWN = Kind("unknown", Nothing)
"""No worker knows it."""


async def enter(work: Work[Steps]) -> None:
    """Take some time, and then write into the ledger in the transaction that ends the job."""
    for step in range(work.payload.steps):
        work.progress(step, work.payload.steps)
        await asyncio.sleep(work.payload.seconds / work.payload.steps)
    async with work.database.writing() as session:
        entry = {"job_id": str(work.lease.id), "worker": f"{work.lease.number}"}
        insert = text("INSERT INTO ledger VALUES (:job_id, :worker)")
        await (await session.connection()).execute(insert, entry)
        await work.succeed(session)


async def do_nothing(work: Work[Nothing]) -> None:
    """End at once."""


async def compute(work: Work[Request]) -> Request:
    return Request(await run_in_child(work, "tests.children", work.payload.root))


HANDLERS = by_name([Handler(ENTRY, enter), Handler(NOTHING, do_nothing), Handler(CHILD, compute)])
