"""Topics of Kafka, on the brokers that librdkafka plays in the process of the tests."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest
from confluent_kafka import Producer
from httpx import AsyncClient

from src.core.database import Database
from src.ingestion import kafka
from src.ingestion.kafka import KafkaSource
from src.ingestion.kafka_options import Share
from src.ingestion.records import Record
from src.ingestion.source import SourceError
from src.services.developer import DEVELOPER
from src.services.stream_position import PositionService
from tests.ingestion import Reader, dead_letters, line
from tests.integration.test_things import TestThings as Things

PARTITIONS = 4
SECONDS = 60
"""A group needs three of them to form."""


class Broker:
    def __init__(self) -> None:
        options = {"bootstrap.servers": "unused", "test.mock.num.brokers": 1, "log_level": 3}
        self._producer = Producer(options)
        brokers = self._producer.list_topics(timeout=SECONDS).brokers.values()
        self.address = ",".join(f"{each.host}:{each.port}" for each in brokers)

    def send(self, topic: str, bodies: Iterable[bytes | None]) -> None:
        """Spread messages over the partitions of a topic."""
        for n, body in enumerate(bodies):
            self._producer.produce(topic, body, partition=n % PARTITIONS)
        assert self._producer.flush(SECONDS) == 0

    def source(
        self, topic: str, reader: Reader, instance: str = "only", share: Share | None = None
    ) -> KafkaSource:
        options = {"bootstrap.servers": self.address, "group.id": topic}
        options["group.instance.id"] = instance
        return KafkaSource(topic, reader.positions, options, share)


@pytest.fixture(scope="module")
def broker() -> Broker:
    return Broker()


async def positions(database: Database, topic: str) -> dict[str, str]:
    async with database.reading() as session:
        return await PositionService(session, DEVELOPER, "reader", topic).ask()


async def until(database: Database, topic: str, count: int) -> None:
    """Wait until so many messages are written."""
    async with asyncio.timeout(SECONDS):
        while sum(map(int, (await positions(database, topic)).values())) < count:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("topic", "options"),
    [
        ("a", {"session.timeout.ms": "soon"}),
        ("a", {"session.timeout.ms": "-5"}),
        ("a", {"no.such.option": "1"}),
        ("a", {"partition.assignment.strategy": "range"}),
        ("a", {"enable.auto.offset.store": "true"}),
        ("", {}),
    ],
)
async def test_option_that_librdkafka_does_not_take_is_told(
    database: Database, topic: str, options: dict[str, str]
) -> None:
    reader = Reader(database, source="options")

    with pytest.raises(SourceError, match=r"^Kafka: \w"):
        await KafkaSource(topic, reader.positions, {"group.id": "a", **options}).open()


@asynccontextmanager
async def reading(*readers: tuple[Reader, KafkaSource]) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        for reader, source in readers:
            tasks.create_task(reader.consuming(source).run())
        yield
        for reader, _ in readers:
            reader.stopping.set()


async def test_messages_become_rows_and_a_process_that_was_overtaken_begins_anew(
    client: AsyncClient, database: Database, broker: Broker
) -> None:
    reader, other = Reader(database, source="first"), Reader(database, source="first")
    bodies = [None, b"{", *(line(f"thing {n}") for n in range(38))]
    broker.send("first", bodies)
    source = broker.source("first", reader)

    async with reading((reader, source)):
        await until(database, "first", 40)
        assert {*(await positions(database, "first")).values()} == {"10"}
        await other.positions.ask()
        await other.intake.take([Record("0", "11", line("overtaken"))])
        broker.send("first", [line(f"late {n}") for n in range(8)])
        await until(database, "first", 48)
        left = source.lags()

    names = {each["name"] for each in await Things.listed(client, limit=100)}
    late = {f"late {n}" for n in range(8)} - {"late 0"}  # which the other has written, it said
    assert names == {f"thing {n}" for n in range(38)} | late | {"overtaken"}
    found = await dead_letters(client)
    assert sorted((each["partition"], each["position"], each["body"]) for each in found) == [
        ("0", "1", ""),
        ("1", "1", "{"),
    ]
    assert Counter(left.values()) == {0: PARTITIONS}


async def test_members_share_a_topic_and_a_position_that_is_gone_is_an_error(
    client: AsyncClient, database: Database, broker: Broker
) -> None:
    readers = [Reader(database, source="second") for _ in range(2)]
    lost = Reader(database, source="third")
    await lost.positions.ask()
    await lost.intake.take([Record("0", "1000", line("before"))])
    broker.send("second", [line(f"thing {n}") for n in range(400)])
    broker.send("third", [line("any")] * PARTITIONS)
    members = [(each, broker.source("second", each, str(n))) for n, each in enumerate(readers)]
    ending = asyncio.create_task(lost.consuming(broker.source("third", lost)).run())

    async with reading(*members):
        await until(database, "second", 400)
        held = [len(source._consumer.assignment()) for _, source in members]
        with pytest.raises(SourceError):
            await ending

    assert held == [2, 2]
    assert len(await Things.listed(client, limit=100)) >= 401


async def test_shares_need_no_group(
    client: AsyncClient, database: Database, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, "LOOK_SECONDS", 0)
    readers = [Reader(database, source="fourth") for _ in range(2)]
    broker.send("fourth", [line(f"thing {n}") for n in range(80)])
    members = [
        (each, broker.source("fourth", each, share=Share(n, 2)))
        for n, each in enumerate(readers, 1)
    ]

    async with reading(*members):
        await until(database, "fourth", 80)

    assert await positions(database, "fourth") == {str(n): "20" for n in range(PARTITIONS)}
    assert len(await Things.listed(client, limit=100)) == 80


async def test_topic_that_is_not_there_is_an_error(database: Database, broker: Broker) -> None:
    reader = Reader(database, source="no topic")

    with pytest.raises(SourceError):
        await reader.consuming(broker.source("no topic", reader, share=Share(1, 1))).run()


async def test_process_with_a_share_waits_while_the_brokers_are_away(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, "METADATA_SECONDS", 0.1)
    reader = Reader(database, source="away")
    options = {"bootstrap.servers": "127.0.0.1:1", "group.id": "away"}
    source = KafkaSource("away", reader.positions, options, Share(1, 1))

    await source.open()
    assert [await source.read() for _ in range(2)] == [[], []]
    await source.close()
