"""Two machines with two instances and a worker each, one of which is cut off twice under load.

They share one PostgreSQL with a hot standby, behind PgBouncer. Nothing that was acknowledged is
lost, who has written reads it, and every job is done once.
"""

import asyncio
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from httpx import AsyncClient, Response

from src.services.job_leases import LEASE_SECONDS
from workshop.jobs.service import STEPS
from workshop.rigs.clients import until
from workshop.rigs.machines import Machine, machines, missing
from workshop.rigs.mixed import Mixed
from workshop.rigs.run import Rig, run_mixed
from workshop.rigs.steps import Writer
from workshop.scale.balancer import Balancer, balanced
from workshop.scale.deployment import Deployment, deployed

SECONDS = float(os.environ.get("SCALE_SECONDS", "20"))
CUTS = (SECONDS / 10, 3 * SECONDS / 10)
"""Seconds of each; with 120 in all, the second outlasts the lease of a job."""
CALM = 3 * SECONDS / 20
"""Seconds before each."""
RETURN_SECONDS = 60
WRITERS, ROUNDS = 8, 2
PAUSE_SECONDS = 0.5
"""Between two jobs that start."""


class Careful(Writer):
    """Gives each POST a key, as clients do whose requests may be delivered late."""

    async def _ask(
        self, method: str, path: str | httpx.URL, status: int, repeated: int = 0, **request: Any
    ) -> Response:
        if method == "POST":
            request["headers"] = {"Idempotency-Key": uuid4().hex} | request.get("headers", {})
        return await super()._ask(method, path, status, repeated, **request)


async def cut_off(machine: Machine, ledger: Mixed, balancer: Balancer) -> None:
    """Cut the machine off twice, and wait each time until all instances are ready again."""

    async def is_whole() -> bool:
        return balancer.is_whole

    for seconds in CUTS:
        await asyncio.sleep(CALM)
        with ledger.outage(f"cut off for {seconds:.0f} s") as outage:
            machine.unplug()
            await asyncio.sleep(seconds)
            machine.plug()
            outage.recovered = seconds + await until(is_whole, RETURN_SECONDS)


async def start_jobs(client: AsyncClient, ledger: Mixed) -> int:
    """Start jobs at a steady rate until the end of the run, and return their number.

    None waits for another, so they go on while all writers wait for the machine that is cut off.
    """
    number = 0
    async with asyncio.TaskGroup() as starting:
        while not ledger.ended:
            starting.create_task(start_job(client, ledger))
            number += 1
            await asyncio.sleep(PAUSE_SECONDS)
    return number


async def start_job(client: AsyncClient, ledger: Mixed) -> None:
    steps, key = {"seconds": 1, "steps": 4}, {"Idempotency-Key": uuid4().hex}
    started = await ledger.ask(client, "POST", STEPS, 202, json=steps, headers=key)
    await ledger.ask(client, "GET", started.headers["location"], 200)


async def run(
    deployment: Deployment, machine: Machine, balancer: Balancer, client: AsyncClient
) -> tuple[Mixed, int]:
    """Write, read and start jobs while the machine is cut off; return the books and the jobs."""
    started = list[int]()

    async def interrupt(ledger: Mixed) -> None:
        async with asyncio.TaskGroup() as tasks:
            starting = tasks.create_task(start_jobs(client, ledger))
            tasks.create_task(cut_off(machine, ledger, balancer))
        started.append(starting.result())

    url, log = deployment.servers.primary.url, deployment.folder / "service.log"
    rig = Rig(client, url, log, interrupt, WRITERS, ROUNDS, Careful, SECONDS)
    return await run_mixed(rig), sum(started)


@pytest.mark.skipif(bool(missing()), reason=missing())
async def test_machine_that_is_cut_off_costs_nothing_but_time(tmp_path: Path) -> None:
    with machines(2) as here:
        async with (
            deployed(tmp_path, here) as deployment,
            balanced(deployment.instances) as (balancer, client),
        ):
            ledger, started = await run(deployment, here[0], balancer, client)
            jobs = deployment.jobs
            last = await jobs.until("status = 'succeeded'", started, 4 * LEASE_SECONDS)
            await until(deployment.has_few_connections, RETURN_SECONDS)

            print(ledger, balancer, sep="\n")
            print(f"{await deployment.share_of_standby():.0%} of the reads by the standby")
            print(f"connections of a machine to primary and standby: {deployment.connections()}")
            ((losses,),) = jobs.ask("SELECT sum(losses) FROM jobs")
            print(f"{started} jobs, all done {last:.1f} s after the end, {losses} times lost")
            assert ledger.wrong == []
            assert jobs.entries() == (started, started)
            assert jobs.count("status <> 'succeeded'") == 0
            assert balancer.shares.keys() == {each.address for each in here}
