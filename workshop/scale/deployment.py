"""Instances and workers on several machines, one PostgreSQL with a hot standby, and PgBouncer."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from sqlalchemy import URL

from src.core.settings import Settings
from tests.databases import build
from workshop.jobs.rig import Rig as Jobs
from workshop.jobs.rig import rigged
from workshop.rigs.clients import run_sql
from workshop.rigs.machines import NETWORK, Machine
from workshop.rigs.pgbouncer import pgbouncer
from workshop.rigs.postgres import Pair, pair
from workshop.rigs.service import Service, served, uvicorn

INSTANCES = 2
"""On each machine, beside a worker."""
ANYWHERE = "0.0.0.0"  # noqa: S104  # of a network that only this machine is in
SETTINGS: dict[str, Any] = {
    "token_required": True,
    "allowed_hosts": "*",
    "database_prepared_statements": False,
    # Limits that no machine meets by chance.
    "request_deadline": 20,
    "database_pool_wait": 8,
    "database_statement_timeout": 10,
}
CONNECTIONS = f"""
    SELECT count(*) FROM pg_stat_activity
    WHERE client_addr << '{NETWORK}' GROUP BY client_addr
"""  # noqa: S608
POOL = Settings.model_fields["database_pool_size"].default
LANE = 3
"""Connections of a worker's one lane, which go past the pooler."""
SERVER = {
    "max_connections": 200,
    # Otherwise connections of a machine that was cut off stay for two hours.
    "tcp_keepalives_idle": 5,
    "tcp_keepalives_interval": 1,
    "tcp_keepalives_count": 3,
}
READ = {"200", "304", "404"}


@dataclass
class Deployment:
    servers: Pair
    pooler: URL
    jobs: Jobs
    folder: Path
    instances: list[Service] = field(default_factory=list)

    async def start_at(self, machine: Machine, stack: AsyncExitStack) -> None:
        pooler = self.pooler.set(host=machine.here)
        settings = SETTINGS | {
            "database_listen_url": self.servers.primary.url.set(host=machine.here),
            "database_read_url": self.servers.standby.url.set(host=machine.here),
        }
        for _ in range(INSTANCES):
            service = served(
                pooler,
                self.folder,
                app="workshop.jobs.service:service",
                server=lambda *given: [*uvicorn(*given), "--host", ANYWHERE],
                within=machine.within,
                host=machine.address,
                **settings,
            )
            self.instances.append(await stack.enter_async_context(service))
        await self.jobs.work(within=machine.within, database_url=pooler, **settings)

    def connections(self) -> tuple[int, int]:
        """Return the most of a machine: to the primary past the pooler, and to the standby."""
        servers = self.servers.primary, self.servers.standby
        first, second = (max(row[0] for row in run_sql(each.url, CONNECTIONS)) for each in servers)
        return first, second

    async def has_few_connections(self) -> bool:
        to_primary, to_standby = self.connections()
        return to_primary <= INSTANCES + LANE and to_standby <= (INSTANCES + 1) * POOL

    async def share_of_standby(self) -> float:
        """Return which part of the reads the standby has served, as the instances count them."""
        reads = fallbacks = 0.0
        for each in self.instances:
            for sample in _samples((await each.client.get("/metrics")).text):
                if sample.name == "database_replica_fallbacks_total":
                    fallbacks += sample.value
                elif sample.name == "http_request_duration_seconds_count" and _is_read(sample):
                    reads += sample.value
        return 1 - fallbacks / reads


def _samples(text: str) -> list[Sample]:
    return [each for family in text_string_to_metric_families(text) for each in family.samples]


def _is_read(sample: Sample) -> bool:
    labels = sample.labels
    is_ours = labels["route"].startswith("/api/") and labels["status"] in READ
    return is_ours and labels["method"] == "GET"


@asynccontextmanager
async def deployed(folder: Path, machines: Sequence[Machine]) -> AsyncIterator[Deployment]:
    with pair(f"{NETWORK}", **SERVER) as servers:
        url = servers.primary.url
        build(url)
        async with (
            pgbouncer(url, "transaction", size=40, listen=ANYWHERE) as pooler,
            rigged(url, folder) as jobs,
            AsyncExitStack() as stack,
        ):
            deployment = Deployment(servers, pooler, jobs, folder)
            for machine in machines:
                await deployment.start_at(machine, stack)
            yield deployment
