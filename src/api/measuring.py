"""Measurements that need no request: the event loop, the drain, the version and its schema."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from prometheus_client import Gauge, Histogram
from pydantic import AfterValidator
from sqlalchemy import String, literal_column, table
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from src.api.counting import SHORT
from src.api.metrics_token import MetricsTokenSettings, warn_if_unset
from src.api.service import Service
from src.core.database import Database
from src.core.engines import is_in_memory
from src.core.errors import DomainError
from src.core.migrations import heads, history

LAG_EVERY_SECONDS = 1.0
SCHEMA_EVERY_SECONDS = 60.0
_REVISIONS = select(literal_column("version_num", String)).select_from(table("alembic_version"))

LAG = Histogram(
    "event_loop_lag_seconds", "How much later than asked a timer of the loop ran.", buckets=SHORT
)
DRAINING = Gauge("service_draining", "1 after SIGTERM.", multiprocess_mode="livemax")
INFO = Gauge(
    "service_info",
    "1 for the version of the service and the newest migration that it has.",
    ["version", "schema"],
    multiprocess_mode="livemax",
)
BEHIND = Gauge(
    "service_schema_behind",
    "1 if the database lacks a migration of this version.",
    multiprocess_mode="livemax",
)


def _version(name: str) -> str:
    if not re.fullmatch(r"[\w.+-]{1,80}", name, re.ASCII):
        msg = "write up to 80 letters, digits and . _ + - only, such as 1.2.0 or a commit"
        raise ValueError(msg)
    return name


class MeasuredSettings(MetricsTokenSettings):
    service_version: Annotated[str, AfterValidator(_version)] = "unknown"
    """Label of `service_info`, such as a tag or a commit; the images set it."""


@asynccontextmanager
async def measuring(service: Service) -> AsyncIterator[None]:
    """Measure until the end of the block."""
    DRAINING.set(0)
    tasks = [asyncio.create_task(each) for each in (watch_loop(), watch_schema(service))]
    try:
        async with warn_if_unset(service):
            with service.drain.telling(lambda: DRAINING.set(1)):
                yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def watch_loop() -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LAG_EVERY_SECONDS
        await asyncio.sleep(LAG_EVERY_SECONDS)
        LAG.observe(loop.time() - due)


async def watch_schema(service: Service) -> None:
    """Compare the database's revision with that of the code, now and then."""
    newest, known = await asyncio.to_thread(lambda: (heads(), {name for name, _ in history()}))
    version = service.settings_of(MeasuredSettings).service_version
    INFO.labels(version, ",".join(sorted(newest))).set(1)
    while not is_in_memory(service.settings.database_url):  # where nothing is migrated
        try:
            found = await revisions_of(service.database)
            BEHIND.set(found != newest and found <= known)  # a later version may have migrated it
        except DomainError:  # the database is away, which other metrics tell
            pass
        await asyncio.sleep(SCHEMA_EVERY_SECONDS)


async def revisions_of(database: Database) -> set[str]:
    try:
        async with database.reading(current=True) as session:
            return {*(await session.exec(_REVISIONS)).all()}
    except DBAPIError:  # nothing was ever migrated
        return set()
