"""Streams of Kinesis. A process reads all shards, or those that it is told."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import TypedDict

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from src.ingestion.kinesis_errors import refuse, refused
from src.ingestion.patience import Patience
from src.ingestion.positions import Positions
from src.ingestion.records import BATCH, Record
from src.ingestion.source import SourceError

IDLE_SECONDS = 0.25
"""Pause after a round in which no shard had anything: one may be asked five times a second."""
LOOK_SECONDS = 30.0
"""Seconds between two looks for shards that have been added."""
AWAY_SECONDS = 2.0
"""Pause after an error that passes by itself."""
# Each request is made once: `read` makes it again, and sees in between that the process is to end.
ONCE = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 1})


class Shard(TypedDict, total=False):
    ShardId: str
    ParentShardId: str
    AdjacentParentShardId: str


class KinesisSource:
    """Its positions are sequence numbers. A shard begins when its parents have been read."""

    unit = "milliseconds"

    def __init__(
        self, stream: str, positions: Positions, patience: Patience, shards: Sequence[str] = ()
    ) -> None:
        self._stream, self._positions, self._patience = stream, positions, patience
        self._only = frozenset(shards)
        with refused():
            self._client = boto3.client("kinesis", config=ONCE)
        self._iterators: dict[str, str | None] = {}
        """By shard; empty if it has to be asked for, None if the shard has been read to its end."""
        self._read: dict[str, str] = {}
        """By shard, the last sequence number."""
        self._round: list[str] = []
        self._has_any = True
        self._looked = -LOOK_SECONDS
        self._lags: dict[str, float] = {}

    async def open(self) -> None:
        self._iterators, self._round = {}, []
        self._looked = -LOOK_SECONDS

    restart = open

    async def read(self) -> Sequence[Record] | None:
        """Return the next records of the next shard; none while Kinesis is away."""
        try:
            return await self._records()
        except (BotoCoreError, ClientError) as error:
            refuse(error)
            await self._patience.sleep(AWAY_SECONDS)
            return []

    async def confirm(self, ends: Mapping[str, str]) -> None:
        """Do nothing: Kinesis keeps no positions."""

    def lags(self) -> Mapping[str, float]:
        return self._lags

    async def close(self) -> None:
        self._client.close()

    async def _records(self) -> Sequence[Record]:
        if not self._round:
            if not self._has_any:
                await self._patience.sleep(IDLE_SECONDS)
            if time.monotonic() - self._looked > LOOK_SECONDS:
                await self._look()
            self._round = [name for name, each in self._iterators.items() if each is not None]
            self._has_any = False
            if not self._round:
                return []
        records = await asyncio.to_thread(self._next, self._round.pop(0))
        self._has_any |= len(records) > 0
        return records

    async def _look(self) -> None:
        """Begin with the shards that nobody has begun with, and whose parents have been read."""
        shards = {each["ShardId"]: each for each in await asyncio.to_thread(self._listed)}
        unread = {name for name in shards if self._iterators.get(name, "") is not None}
        ready = [
            name
            for name, each in shards.items()
            if name not in self._iterators and not unread.intersection(_parents(each))
        ]
        if ready:
            known = await self._positions.ask(ready)
            for name in ready:
                self._read.pop(name, None)
                self._read |= {name: known[name]} if name in known else {}
                self._iterators[name] = ""
        self._looked = time.monotonic()

    def _listed(self) -> list[Shard]:
        pages = self._client.get_paginator("list_shards").paginate(StreamName=self._stream)
        shards: list[Shard] = [each for page in pages for each in page["Shards"]]
        mine = [each for each in shards if not self._only or each["ShardId"] in self._only]
        if not mine:
            raise SourceError("Kinesis: the stream has none of these shards.")
        return mine

    def _iterator(self, shard: str) -> str:
        place = {"ShardIteratorType": "TRIM_HORIZON"}
        if after := self._read.get(shard):
            place = {
                "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
                "StartingSequenceNumber": after,
            }
        answer = self._client.get_shard_iterator(StreamName=self._stream, ShardId=shard, **place)
        iterator: str = answer["ShardIterator"]
        return iterator

    def _next(self, shard: str) -> list[Record]:
        iterator = self._iterators[shard] or self._iterator(shard)
        self._iterators[shard] = ""  # to be asked for anew, from where the shard was, if this fails
        answer = self._client.get_records(ShardIterator=iterator, Limit=BATCH)
        self._iterators[shard] = answer.get("NextShardIterator")
        if self._iterators[shard] is None:
            self._looked = -LOOK_SECONDS  # now its children may begin
        self._lags[shard] = answer.get("MillisBehindLatest", 0)
        records = [
            Record(shard, each["SequenceNumber"], each["Data"]) for each in answer["Records"]
        ]
        if records:
            self._read[shard] = records[-1].after
        return records


def _parents(shard: Shard) -> set[str]:
    return {shard.get("ParentShardId", ""), shard.get("AdjacentParentShardId", "")}
