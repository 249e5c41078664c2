from functools import partial
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from src.api.caller import authorize, provide_owned
from src.api.dependencies import IfMatch, ServiceDep
from src.api.events import After, Event, EventStream, Feed, LastEventId
from src.api.limits import streaming
from src.api.polling import Wait, poll
from src.api.preconditions import etag_of, is_not_modified
from src.api.routing import ResourceRouter
from src.api.service import get_service
from src.api.streams import Topic
from src.jobs.handlers import followers_of, found
from src.models.job import CHANNEL, FINISHED
from src.schemas.job import JobEventResponse, JobQuery, JobResponse
from src.schemas.page import Page
from src.services.job import JobService
from src.services.job_watch import JobWatch

FOLLOWERS = followers_of(found().values())

JobServiceDep = Annotated[
    JobService, Depends(provide_owned(partial(JobService, followers=FOLLOWERS)))
]


async def get_watch(request: Request) -> JobWatch:
    caller = await authorize(request)
    return JobWatch((await get_service(request)).database, caller.user_id)


JobWatchDep = Annotated[JobWatch, Depends(get_watch)]

router = ResourceRouter("/jobs")


@router.get("")
async def list_jobs(jobs: JobServiceDep, query: Annotated[JobQuery, Query()]) -> Page[JobResponse]:
    return await jobs.find(query)


@router.get("/{job_id}")
async def get_job(request: Request, jobs: JobWatchDep, job_id: UUID, wait: Wait = 0) -> JobResponse:
    """Wait until the job has finished or, with `If-None-Match`, has changed."""

    def is_enough(job: JobResponse) -> bool:
        has_tag = "If-None-Match" in request.headers
        return job.finished_at is not None or (
            has_tag and not is_not_modified(request, etag_of(job))
        )

    topic = Topic(CHANNEL, str(job_id))
    return await poll(request, topic, wait, partial(jobs.get, job_id), is_enough)


@router.get("/{job_id}/events", response_class=EventStream)
@streaming
async def watch_job(
    service: ServiceDep,
    jobs: JobWatchDep,
    job_id: UUID,
    last_event_id: LastEventId = 0,
    after: After = 0,
) -> Response:
    """Send the past events of the job, then the new ones, until it has finished.

    204 if nothing follows, so that a browser does not connect again.
    """
    last = max(last_event_id, after)

    async def read(last: int, most: int) -> list[Event] | None:
        events = await jobs.events_after(job_id, last, most)
        return None if events is None else [_shown(each) for each in events]

    await jobs.get(job_id)
    if await read(last, 1) is None:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return EventStream(service, Feed(Topic(CHANNEL, str(job_id)), last, read))


def _shown(event: JobEventResponse) -> Event:
    is_last = event.data.get("status") in FINISHED
    return Event(event.seq, event.kind, event.model_dump_json(), is_last)


@router.post("/{job_id}/cancellation", status_code=HTTPStatus.ACCEPTED)
async def cancel_job(jobs: JobServiceDep, job_id: UUID, if_match: IfMatch) -> JobResponse:
    """Cancel a queued job at once; a running one ends within seconds."""
    return await jobs.cancel(job_id, if_match)


@router.post("/{job_id}/retry", status_code=HTTPStatus.ACCEPTED)
async def retry_job(jobs: JobServiceDep, job_id: UUID, if_match: IfMatch) -> JobResponse:
    """Queue a job again that has failed or was cancelled."""
    return await jobs.retry(job_id, if_match)
