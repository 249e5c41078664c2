"""Topics of Kafka, and of what speaks its protocol, through librdkafka."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from time import monotonic

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, TopicPartition

from src.ingestion.kafka_options import Share, options_with, refuse, refused
from src.ingestion.positions import Positions
from src.ingestion.records import BATCH, BATCH_BYTES, Record
from src.ingestion.source import SourceError

STEP = 500
"""Messages that are taken from librdkafka's queue at once, whatever their size."""
WAIT_SECONDS = 0.2
"""Seconds in which a batch has to fill. Small ones would cost as much as large ones."""
METADATA_SECONDS = 10.0
LOOK_SECONDS = 60.0
"""Seconds between two looks of a process with a share for partitions that have been added."""
logger = logging.getLogger(__name__)


class KafkaSource:
    """Its positions are offsets. It asks for them whenever it begins with partitions.

    Brokers assign these to the members of a group. A process with a share of its own needs no
    group: nothing is assigned anew when another one ends.
    """

    unit = "records"

    def __init__(
        self,
        topic: str,
        positions: Positions,
        config: Mapping[str, str],
        share: Share | None = None,
    ) -> None:
        self._topic, self._share, self._looked = topic, share, -LOOK_SECONDS
        self._positions = positions
        self._loop = asyncio.get_running_loop()
        with refused():
            self._consumer = Consumer(options_with(config), logger=logger)
        self._next: dict[int, int] = {}
        """By partition, the first offset that has not been read."""
        self._records: list[Record] = []

    async def open(self) -> None:
        if self._share is None:
            with refused():
                self._consumer.subscribe([self._topic], on_assign=self._on_assign)

    async def read(self) -> Sequence[Record] | None:
        with refused():
            return await asyncio.to_thread(self._messages)

    async def confirm(self, ends: Mapping[str, str]) -> None:
        held = {each.partition for each in self._consumer.assignment()}
        places = [self._place(partition, int(end)) for partition, end in ends.items()]
        self._consumer.store_offsets(offsets=[each for each in places if each.partition in held])

    async def restart(self) -> None:
        with refused():
            await asyncio.to_thread(self._begin_again)

    def lags(self) -> Mapping[str, float]:
        held = self._consumer.assignment()
        ends = {
            each.partition: self._consumer.get_watermark_offsets(each, cached=True)[1]
            for each in held
        }
        return {
            str(partition): end - self._next[partition]
            for partition, end in ends.items()
            if 0 <= self._next.get(partition, end + 1) <= end
        }

    async def close(self) -> None:
        await asyncio.to_thread(self._consumer.close)

    def _on_assign(self, _: Consumer, places: Sequence[TopicPartition]) -> None:
        """Begin with more partitions. Runs in the thread of `read`, while the loop is free."""
        self._consumer.incremental_assign(self._begun({each.partition for each in places}))

    def _look(self, share: Share) -> None:
        """Begin with the partitions of the share that are new."""
        try:
            topic = self._consumer.list_topics(self._topic, METADATA_SECONDS).topics[self._topic]
        except KafkaException as error:
            refuse(error.args[0])  # or look again at once, if it passes by itself
            return
        if topic.error:
            raise SourceError(f"Kafka: {topic.error.str()}")
        mine = {each for each in topic.partitions if each % share.of == share.number - 1}
        self._consumer.incremental_assign(self._begun(mine - self._next.keys()))
        self._looked = monotonic()

    def _begin_again(self) -> None:
        held = self._consumer.assignment()
        self._consumer.incremental_unassign(held)
        self._consumer.incremental_assign(self._begun({each.partition for each in held}))

    def _begun(self, partitions: set[int]) -> list[TopicPartition]:
        """Return where the database says that these begin, and forget what was read of them."""
        names = {str(each) for each in partitions}
        asking = asyncio.run_coroutine_threadsafe(self._positions.ask(names), self._loop)
        known = asking.result()
        self._records = [each for each in self._records if each.partition not in names]
        for each in partitions:
            self._next[each] = int(known.get(str(each), 0))
        return [
            self._place(each, int(known[each]) if each in known else OFFSET_BEGINNING)
            for each in sorted(names)
        ]

    def _place(self, partition: str, offset: int) -> TopicPartition:
        return TopicPartition(self._topic, int(partition), offset)

    def _messages(self) -> list[Record]:
        if self._share and monotonic() - self._looked > LOOK_SECONDS:
            self._look(self._share)
        self._records, size = [], 0
        until = monotonic() + WAIT_SECONDS
        while len(self._records) < BATCH and size < BATCH_BYTES:
            messages = self._consumer.consume(STEP, max(0, until - monotonic()))
            if not messages:
                break
            size += self._keep(messages)
        return self._records

    def _keep(self, messages: Iterable[Message]) -> int:
        """Keep new messages and return the number of their bytes."""
        size, following = 0, self._next
        for message in messages:
            if error := message.error():
                refuse(error)
                continue
            partition, offset = message.partition(), message.offset()
            if offset < following[partition]:  # of an assignment that has ended
                continue
            following[partition] = offset + 1
            body = message.value() or b""
            size += len(body)
            self._records.append(Record(str(partition), str(offset + 1), body))
        return size
