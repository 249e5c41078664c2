"""Changes that follow from the status of a job, in the same transaction."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from src.models.job import JobStatus

type Follow = Callable[[AsyncSession, UUID, JobStatus], Awaitable[None]]
"""Takes the id of a job that has failed, was cancelled, or is queued again by its owner.

It may raise a `DomainError` to refuse the last one; the others have happened.
"""
type Followers = Mapping[str, Follow]
"""By the names of the kinds."""

NOBODY: Followers = MappingProxyType({})
FOLLOWED = frozenset[JobStatus]({"failed", "cancelled"})
"""What workers tell. A success is written by the job itself."""


def kind_of(queue: str) -> str:
    return queue.rpartition(".")[0]


async def follow(
    followers: Followers, session: AsyncSession, kind: str, job_id: UUID, status: JobStatus
) -> None:
    if kind in followers:
        await followers[kind](session, job_id, status)
