"""How far a process is: a line on a terminal, lines in the log elsewhere, and metrics."""

import logging
from collections.abc import Sequence
from time import monotonic
from typing import TextIO

from src.core.observer import Observer
from src.ingestion.intake import Taken
from src.ingestion.source import Source

TERMINAL_SECONDS, LOG_SECONDS = 0.5, 30.0

logger = logging.getLogger(__name__)


class Progress:
    def __init__(self, consumer: str, out: TextIO, observers: Sequence[Observer] = ()) -> None:
        self._consumer, self._out, self._observers = consumer, out, observers
        self._is_terminal = out.isatty()
        self._told, self._told_records = monotonic(), 0
        self._written = self._refused = 0

    def took(self, taken: Taken, seconds: float) -> None:
        self._written += taken.written
        self._refused += taken.refused
        for each in self._observers:
            for outcome, count in taken._asdict().items():
                each.counted("ingestion_records", count, consumer=self._consumer, outcome=outcome)
            each.timed("ingestion_batch_duration_seconds", seconds, consumer=self._consumer)

    def tell(self, source: Source, *, at_once: bool = False) -> None:
        """Tell how far it is, unless that was told a moment ago."""
        seconds = monotonic() - self._told
        if not at_once and seconds < (TERMINAL_SECONDS if self._is_terminal else LOG_SECONDS):
            return
        lags = source.lags()
        for partition, lag in lags.items():
            for each in self._observers:
                labels = {"consumer": self._consumer, "partition": partition, "unit": source.unit}
                each.measured("ingestion_lag", lag, **labels)
        records = self._written + self._refused
        rate = (records - self._told_records) / seconds if seconds else 0
        left = (
            f"{sum(lags.values()):,.0f} {source.unit} left" if lags else "what is left is unknown"
        )
        self._told, self._told_records = monotonic(), records
        self._say(
            f"{self._written:,} written, {self._refused:,} refused, {rate:,.0f} records/s, {left}"
        )

    def end(self, source: Source) -> None:
        self.tell(source, at_once=True)
        if self._is_terminal:
            self._out.write("\n")

    def _say(self, line: str) -> None:
        if self._is_terminal:
            self._out.write(f"\r\033[K{line}")
            self._out.flush()
        else:
            logger.info(line)
