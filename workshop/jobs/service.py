"""The service with a route that starts jobs."""

from http import HTTPStatus

from fastapi import FastAPI

from src.api.capability import Capability
from src.api.routes.jobs import JobServiceDep
from src.api.routing import ResourceRouter
from src.capabilities import CAPABILITIES
from src.main import start
from src.schemas.job import JobResponse
from tests.apps import THINGS
from tests.things import ThingCreate, ThingServiceDep
from workshop.jobs.kinds import ENTRY, NOTHING, Nothing, Steps

ENTRIES, STEPS = "/api/v1/entries", "/api/v1/steps"
router, steps = ResourceRouter("/entries"), ResourceRouter("/steps")


@router.post("", status_code=HTTPStatus.ACCEPTED)
async def start_entry(
    things: ThingServiceDep, jobs: JobServiceDep, data: ThingCreate
) -> JobResponse:
    """Create a row and start a job, in one transaction."""
    await things.create(data)
    return await jobs.start(NOTHING, Nothing())


@steps.post("", status_code=HTTPStatus.ACCEPTED)
async def start_steps(jobs: JobServiceDep, data: Steps) -> JobResponse:
    return await jobs.start(ENTRY, data)


def service() -> FastAPI:
    return start([*CAPABILITIES, THINGS, Capability("entries", routers=[router, steps])])
