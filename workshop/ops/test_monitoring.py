"""Every panel and every alert speaks of what a running service tells a real Prometheus."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from typing import NamedTuple

import pytest
import yaml  # type: ignore[import-untyped]  # the library lacks the types
from httpx import TransportError

from tests.api import THINGS
from tests.databases import build
from workshop.ops.monitored import (
    DASHBOARD,
    FOLDER,
    TOKEN,
    Monitored,
    expressions_of,
    names_in,
    prometheus,
    put_under_load,
)
from workshop.rigs.clients import until
from workshop.rigs.postgres import Cluster, restartable_server
from workshop.rigs.service import Service, served

RULES = sorted(FOLDER.glob("prometheus/rules/*.rules.yml"))
LATE = "jobs_oldest_seconds"
"""Measured last of all, every 15 seconds."""


class Watched(NamedTuple):
    monitored: Monitored
    service: Service
    database: Cluster


@pytest.fixture(scope="module")
async def watched(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Watched]:
    async with AsyncExitStack() as stack:
        database = stack.enter_context(restartable_server())
        build(database.url)
        folder = tmp_path_factory.mktemp("watched")
        service = await stack.enter_async_context(
            served(
                database.url,
                folder,
                app="workshop.jobs.service:service",
                metrics_token=TOKEN,
                database_pool_size=2,
                worker=False,
            )
        )
        monitored = await stack.enter_async_context(prometheus(service.port))
        await put_under_load(service)

        async def has_all() -> bool:
            await put_under_load(service)
            return LATE in await monitored.names()

        await until(has_all, 120)
        yield Watched(monitored, service, database)


async def complaints(monitored: Monitored, expressions: list[str]) -> list[str]:
    """Return the expressions that have no series, or name a metric that there is not."""
    assert expressions
    names = await monitored.names()
    unknown = [each for each in expressions if names_in(each) - names]
    return unknown + [each for each in expressions if not await monitored.series(each)]


async def test_every_panel_has_series(watched: Watched) -> None:
    panels = [*expressions_of(DASHBOARD.read_text(encoding="utf-8"))]

    assert await complaints(watched.monitored, panels) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("database_pool_connections", "database_turns_in_use"),
        ("http_request_duration_seconds_count", "http_requests_total"),
        ('state=\\"used\\"', 'state=\\"taken\\"'),
        ("process_resident_memory_bytes", "process_memory_bytes"),
    ],
)
async def test_misspelt_panel_is_found(watched: Watched, old: str, new: str) -> None:
    text = DASHBOARD.read_text(encoding="utf-8")
    assert old in text

    wrong = [*expressions_of(text.replace(old, new))]

    assert await complaints(watched.monitored, wrong)


def rules() -> dict[str, str]:
    """Return the expressions of all rules by their names."""
    groups = [
        group for path in RULES for group in yaml.safe_load(path.read_text("utf-8"))["groups"]
    ]
    return {
        str(each.get("alert") or each["record"]): each["expr"]
        for group in groups
        for each in group["rules"]
    }


@pytest.mark.parametrize("name", rules())
async def test_every_rule_speaks_of_metrics_that_there_are(watched: Watched, name: str) -> None:
    await watched.monitored.series(rules()[name])

    assert names_in(rules()[name]) <= await watched.monitored.names()


async def test_rules_are_healthy_and_nothing_fires_while_all_is_well(watched: Watched) -> None:
    assert await watched.monitored.unhealthy_rules() == []
    assert not await watched.monitored.firing() & {"ServiceDown", "DatabaseAway", "ServiceErrors"}


async def test_alerts_fire_when_the_database_and_then_the_service_stop(watched: Watched) -> None:
    """The last one: nothing is left afterwards."""
    watched.database.stop()

    async def is_told() -> bool:
        with suppress(TransportError):  # an idle connection may have been closed
            await watched.service.client.get(THINGS)
        return "DatabaseAway" in await watched.monitored.firing()

    await until(is_told, 120)
    watched.service.process.kill()

    await watched.monitored.is_firing("ServiceDown")
