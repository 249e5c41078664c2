"""Shards of Kinesis that end, and what follows them, by answers of the form that Kinesis gives."""

from collections.abc import Iterator, Sequence
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from httpx import AsyncClient

from src.core.database import Database
from src.ingestion import kinesis
from src.ingestion.kinesis import KinesisSource
from src.ingestion.records import Record
from src.ingestion.source import SourceError
from src.services.developer import DEVELOPER
from src.services.stream_position import PositionService
from tests.api import Json
from tests.ingestion import Reader, dead_letters, line
from tests.integration.test_things import TestThings as Things
from workshop.rigs.clients import HOST, free_port

PARENT, CHILD = "shardId-000000000000", "shardId-000000000001"
NUMBER = "49590338271490256608559692538361571095921575989136588898"
STREAM = {"StreamName": "points"}


class Answers(Stubber):  # type: ignore[misc]  # the library has no types
    """Expects calls in an order."""

    def shards(self, *parents: tuple[str, str | None]) -> None:
        shards = [
            {
                "ShardId": name,
                "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "9"},
                "SequenceNumberRange": {"StartingSequenceNumber": "1"},
                **({"ParentShardId": parent} if parent else {}),
            }
            for name, parent in parents
        ]
        self.add_response("list_shards", {"Shards": shards}, STREAM)

    def iterator(self, shard: str, after: str | None = None) -> None:
        place: Json = {"ShardIteratorType": "TRIM_HORIZON"}
        if after:
            place = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": after}
        given = STREAM | {"ShardId": shard} | place
        self.add_response("get_shard_iterator", {"ShardIterator": f"of {shard}"}, given)

    def records(self, shard: str, *bodies: bytes, following: str | None) -> None:
        records = [
            {"Data": body, "SequenceNumber": f"{NUMBER}{n}", "PartitionKey": "a"}
            for n, body in enumerate(bodies)
        ]
        answer: Json = {"Records": records, "MillisBehindLatest": 7}
        answer |= {"NextShardIterator": following} if following else {}
        given = {"ShardIterator": f"of {shard}", "Limit": 10_000}
        self.add_response("get_records", answer, given)

    def fail(self, shard: str, code: str, status: int = 400) -> None:
        given = {"ShardIterator": f"of {shard}", "Limit": 10_000}
        self.add_client_error("get_records", code, "", status, expected_params=given)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answers]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "unused")
    client = boto3.client("kinesis", region_name="eu-central-1")
    monkeypatch.setattr(boto3, "client", lambda *_, **__: client)
    with Answers(client) as answers:
        yield answers
    answers.assert_no_pending_responses()


class Ending(KinesisSource):
    """Ends when all answers were given."""

    def __init__(self, answers: Any, reader: Reader, shards: Sequence[str] = ()) -> None:
        super().__init__("points", reader.positions, reader.patience, shards)
        self._answers = answers

    async def read(self) -> Sequence[Record] | None:
        return await super().read() if self._answers._queue else None


async def positions(database: Database) -> dict[str, str]:
    async with database.reading() as session:
        return await PositionService(session, DEVELOPER, "reader", "points").ask()


async def test_child_begins_when_its_parent_has_been_read(
    client: AsyncClient, database: Database, answers: Answers
) -> None:
    both = ((PARENT, None), (CHILD, PARENT))
    answers.shards(*both)
    answers.iterator(PARENT)
    answers.records(PARENT, line("a"), b"{", following=f"of {PARENT}")
    answers.records(PARENT, line("b"), following=None)
    answers.shards(*both)
    answers.iterator(CHILD)
    answers.records(CHILD, line("c"), following=f"of {CHILD}")
    reader = Reader(database, source="points")
    source = Ending(answers, reader)

    await reader.consuming(source).run()

    assert sorted(each["name"] for each in await Things.listed(client)) == ["a", "b", "c"]
    assert await positions(database) == {PARENT: f"{NUMBER}0", CHILD: f"{NUMBER}0"}
    assert [each["position"] for each in await dead_letters(client)] == [f"{NUMBER}1"]
    assert source.lags() == {PARENT: 7, CHILD: 7}


async def test_shard_is_read_on_behind_its_position_and_after_errors(
    client: AsyncClient, database: Database, answers: Answers
) -> None:
    before = Reader(database, source="points")
    await before.positions.ask()
    await before.intake.take([Record(CHILD, "5", line("before"))])
    answers.shards((PARENT, None), (CHILD, PARENT))
    answers.iterator(CHILD, after="5")
    answers.fail(CHILD, "ExpiredIteratorException")
    answers.iterator(CHILD, after="5")
    answers.records(CHILD, following=f"of {CHILD}")
    answers.fail(CHILD, "ProvisionedThroughputExceededException")
    answers.add_client_error("get_shard_iterator", "InternalFailure", "", 500)
    answers.iterator(CHILD, after="5")
    answers.fail(CHILD, "ServiceUnavailable", 503)
    answers.iterator(CHILD, after="5")
    answers.records(CHILD, line("after"), following=f"of {CHILD}")
    reader = Reader(database, source="points")

    await reader.consuming(Ending(answers, reader, [CHILD])).run()

    assert sorted(each["name"] for each in await Things.listed(client)) == ["after", "before"]
    assert {*reader.patience.pauses} == {kinesis.AWAY_SECONDS, kinesis.IDLE_SECONDS}


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "AccessDeniedException"])
async def test_error_that_does_not_pass_ends_the_process(
    database: Database, answers: Answers, code: str
) -> None:
    answers.add_client_error("list_shards", code)
    reader = Reader(database, source="points")

    with pytest.raises(SourceError, match=rf"^Kinesis: .*{code}"):
        await reader.consuming(Ending(answers, reader)).run()


async def test_shard_that_is_not_there_is_told(database: Database, answers: Answers) -> None:
    answers.shards((PARENT, None))
    reader = Reader(database, source="points")

    with pytest.raises(SourceError, match="has none of these shards"):
        await reader.consuming(Ending(answers, reader, [CHILD])).run()


@pytest.mark.parametrize(
    ("name", "value"), [("AWS_DEFAULT_REGION", ""), ("AWS_ENDPOINT_URL", "nonsense")]
)
async def test_setting_that_is_wrong_is_told(
    database: Database, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv(name, value)
    reader = Reader(database, source="points")

    with pytest.raises(SourceError, match=r"^Kinesis: \w"):
        KinesisSource("points", reader.positions, reader.patience)


async def test_process_waits_while_kinesis_is_away(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "unused",
        "AWS_SECRET_ACCESS_KEY": "unused",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": f"http://{HOST}:{free_port()}",
    }.items():
        monkeypatch.setenv(name, value)
    reader = Reader(database, source="points")
    source = KinesisSource("points", reader.positions, reader.patience)
    await source.open()

    assert [await source.read() for _ in range(2)] == [[], []]
    assert reader.patience.pauses == [kinesis.AWAY_SECONDS] * 2
