"""The connections of a process that runs jobs, as docs/scale.md has them."""

import asyncio

from procrastinate.psycopg_connector import PsycopgConnector

from src.core.database import Database
from src.jobs.procrastinate import _app
from src.jobs.runner import Runner
from tests.apps import make_settings
from tests.unit.test_scale import PRIMARY, by_default, held_by

LISTENING = 1
"""The connection of the engine that is in no pool."""


def test_connections_of_a_worker_are_those_of_its_pools_and_of_its_engine() -> None:
    settings = make_settings(PRIMARY)
    runner = Runner(Database(settings), settings, {})
    engine = _app(runner, settings, asyncio.Semaphore()).connector
    assert isinstance(engine, PsycopgConnector)

    # Nothing in the process subscribes to announcements, so it has no `Listener`.
    pools = by_default().total() - by_default()["replica"]
    lane = engine._pool_args["max_size"] + LISTENING
    assert held_by("a process that runs jobs") == pools + lane
