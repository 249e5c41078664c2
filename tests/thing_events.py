"""Live events of things, and a long poll: routes of the tests' own."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from uuid import UUID

from fastapi import Request, Response
from sqlalchemy import ForeignKeyConstraint, bindparam, func
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from src.api.dependencies import ServiceDep
from src.api.events import After, Event, EventStream, Feed, LastEventId
from src.api.limits import streaming
from src.api.polling import Wait, poll
from src.api.routing import ResourceRouter
from src.api.service import Service
from src.api.streams import Topic
from src.core.announcing import announce
from src.core.database import Database
from src.core.queries import Query
from tests.things import Thing, ThingService

CHANNEL = "thing_events"
END = "end"


class ThingEvent(SQLModel, table=True):
    metadata = Thing.metadata
    __tablename__ = "thing_events"
    __table_args__ = (ForeignKeyConstraint(["thing_id"], ["things.id"], ondelete="CASCADE"),)

    thing_id: UUID = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    kind: str


_AFTER = Query(
    select(ThingEvent.seq, ThingEvent.kind)
    .where(
        col(ThingEvent.thing_id) == bindparam("of_thing"),
        col(ThingEvent.seq) > bindparam("after"),
    )
    .order_by(col(ThingEvent.seq))
    .limit(bindparam("most"))
)


class ThingEventService:
    """Opens a session for each look, since nobody may hold one as long as a stream."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, thing_id: UUID, *kinds: str) -> None:
        async with self._database.writing() as session:
            before = await _count(session, thing_id)
            session.add_all(
                ThingEvent(thing_id=thing_id, seq=before + n, kind=kind)
                for n, kind in enumerate(kinds, 1)
            )
            announce(session, CHANNEL, str(thing_id))

    async def after(self, thing_id: UUID, seq: int, most: int) -> list[Event]:
        async with self._database.reading() as session:
            rows = await _AFTER.rows(session, of_thing=thing_id, after=seq, most=most)
        return [Event(seq, kind, f'{{"seq":{seq}}}', kind == END) for seq, kind in rows]

    async def count(self, thing_id: UUID) -> int:
        async with self._database.reading() as session:
            return await _count(session, thing_id)

    async def check(self, thing_id: UUID) -> None:
        """Raise `NotFoundError` if there is no such thing."""
        async with self._database.reading() as session:
            await ThingService(session).get(thing_id)


async def _count(session: AsyncSession, thing_id: UUID) -> int:
    return (
        await session.exec(
            select(func.count()).select_from(ThingEvent).where(ThingEvent.thing_id == thing_id)
        )
    ).one()


async def states(session: AsyncSession, keys: Sequence[str]) -> Mapping[str, object]:
    query = select(ThingEvent.thing_id, func.max(ThingEvent.seq)).group_by(col(ThingEvent.thing_id))
    rows = await session.exec(query.where(col(ThingEvent.thing_id).in_(map(UUID, keys))))
    return {str(thing_id): seq for thing_id, seq in rows}


@asynccontextmanager
async def joined(service: Service) -> AsyncIterator[None]:
    service.streams.hub.join(CHANNEL, states)
    yield


router = ResourceRouter("/things")


@router.get("/{thing_id}/events", response_class=EventStream)
@streaming
async def watch_thing(
    service: ServiceDep, thing_id: UUID, last_event_id: LastEventId = 0, after: After = 0
) -> Response:
    events = ThingEventService(service.database)
    await events.check(thing_id)
    topic = Topic(CHANNEL, str(thing_id))
    return EventStream(
        service, Feed(topic, max(last_event_id, after), partial(events.after, thing_id))
    )


@router.get("/{thing_id}/events/count")
async def count_events(
    request: Request,
    service: ServiceDep,
    thing_id: UUID,
    wait: Wait = 0,
) -> int:
    """Return the number of events, but not before there is one, within the given seconds."""
    events = ThingEventService(service.database)
    return await poll(
        request, Topic(CHANNEL, str(thing_id)), wait, partial(events.count, thing_id), bool
    )
