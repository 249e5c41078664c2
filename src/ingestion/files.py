"""Lines of JSON from a file or from standard input. Needs no server and no package."""

import asyncio
import logging
import os
import select
import stat
from collections.abc import Mapping, Sequence

from pydantic_core import from_json

from src.ingestion.positions import Positions
from src.ingestion.records import RECORD_BYTES, Record
from src.ingestion.source import SourceError

PARTITION = "0"
BLOCK = 1_000_000
"""Bytes that are read at once."""
WAIT_SECONDS = 0.2

SHORTER = "The file is shorter than what was read of it: give this one another --name."
SHARED = "Another process reads a stream of the same name, and a pipe cannot be read again."
UNFINISHED = "The last line has no end and is no JSON yet: the next run reads it."

logger = logging.getLogger(__name__)


class FileSource:
    """Positions are numbers of bytes. Each line is a record. The last line needs no end; while somebody
    is still writing it to a file, it is left to the next process.
    """

    unit = "bytes"

    def __init__(self, file: int, positions: Positions) -> None:
        self._file = file
        self._positions = positions
        self._is_regular = stat.S_ISREG(os.fstat(file).st_mode)
        self._at = self._skip = self._cut = 0
        self._records: Sequence[Record] = []
        """What was read last."""
        self._again: Sequence[Record] = []
        """What of that comes again from a pipe, which gives nothing twice."""
        self._rest = b""
        """The beginning of a line whose end has not been read; `_cut` counts what is left out."""

    async def open(self) -> None:
        position = int((await self._positions.ask()).get(PARTITION, 0))
        self._rest, self._cut = b"", 0
        if self._is_regular:
            if os.fstat(self._file).st_size < position:
                raise SourceError(SHORTER)
            os.lseek(self._file, position, os.SEEK_SET)
        else:
            self._skip = position
        self._at = position

    async def restart(self) -> None:
        if self._is_regular:
            await self.open()
            return
        position, ends = await self._positions.ask(), [each.after for each in self._records]
        if position.get(PARTITION) not in ends:
            raise SourceError(SHARED)
        self._again = self._records[ends.index(position[PARTITION]) + 1 :]

    async def read(self) -> Sequence[Record] | None:
        records: Sequence[Record] | None = self._again
        records = records or await asyncio.to_thread(self._lines)
        self._again, self._records = [], records or []
        return records

    async def confirm(self, ends: Mapping[str, str]) -> None:
        """Do nothing: nobody else shows it."""

    def lags(self) -> Mapping[str, float]:
        if not self._is_regular:
            return {}
        return {PARTITION: os.fstat(self._file).st_size - self._at}

    async def close(self) -> None:
        os.close(self._file)

    def _lines(self) -> Sequence[Record] | None:
        if not self._is_regular and not select.select([self._file], [], [], WAIT_SECONDS)[0]:
            return []  # so that SIGTERM does not wait for a line
        block = os.read(self._file, BLOCK)
        if not block:
            return self._last()
        skipped = min(self._skip, len(block))
        self._skip -= skipped
        *lines, rest = (self._rest + block[skipped:]).split(b"\n")
        records = [record for line in lines if (record := self._record(line, 1))]
        self._rest = rest[: RECORD_BYTES + 1]
        self._cut += len(rest) - len(self._rest)
        return records

    def _last(self) -> Sequence[Record] | None:
        if self._skip:
            raise SourceError(SHORTER)
        if self._is_regular and not _is_whole(self._rest):
            logger.warning(UNFINISHED)
            return None
        record, self._rest = self._record(self._rest, 0), b""
        return [record] if record else None

    def _record(self, line: bytes, end: int) -> Record | None:
        """Return the line, unless it is empty, and go on behind it."""
        self._at += len(line) + self._cut + end
        self._cut = 0
        return Record(PARTITION, str(self._at), line) if line.strip() else None


def _is_whole(line: bytes) -> bool:
    try:
        from_json(line.strip() or b"null")
    except ValueError:
        return False
    return True
