"""How far a process is, told to people and to observers."""

import io
import logging
from collections.abc import Mapping

import pytest

from src.core.database import Database
from src.core.observer import Observer
from src.ingestion import progress
from src.ingestion.intake import Taken
from src.ingestion.progress import Progress
from src.ingestion.records import Record
from tests.ingestion import Reader, Scripted, line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Counts(Observer):
    def __init__(self) -> None:
        self.told: list[tuple[str, float, Mapping[str, str]]] = []

    def counted(self, name: str, count: int, /, **labels: str) -> None:
        self.told.append((name, count, labels))

    def measured(self, name: str, value: float, /, **labels: str) -> None:
        self.told.append((name, value, labels))

    def timed(self, name: str, seconds: float, /, **labels: str) -> None:
        self.told.append((name, seconds >= 0, labels))


@pytest.fixture
def source(database: Database) -> Scripted:
    left = [[Record("0", str(n), line("a")) for n in range(1500)]]
    return Scripted(Reader(database).positions, left)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time, for the test to set."""
    now = [100.0]
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    return now


async def test_terminal_shows_rate_refusals_and_what_is_left(
    source: Scripted, clock: list[float]
) -> None:
    out = Terminal()
    told = Progress("reader", out)
    told.took(Taken(1200, 3), 1)
    told.tell(source)  # too early
    clock[0] += 2
    told.tell(source)
    told.took(Taken(97, 0), 1)
    clock[0] += 1
    told.end(source)

    assert out.getvalue() == (
        "\r\033[K1,200 written, 3 refused, 602 records/s, 1,500 records left"
        "\r\033[K1,297 written, 3 refused, 97 records/s, 1,500 records left\n"
    )


async def test_log_has_a_line_now_and_then(
    source: Scripted, clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    told = Progress("reader", io.StringIO())
    for _ in range(61):
        told.took(Taken(10, 0), 1)
        clock[0] += 1
        told.tell(source)

    assert [each.getMessage() for each in caplog.records] == [
        f"{count} written, 0 refused, 10 records/s, 1,500 records left" for count in (300, 600)
    ]


async def test_process_without_partitions_does_not_say_that_nothing_is_left(
    source: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "lags", dict)
    out = Terminal()

    Progress("reader", out).end(source)

    assert out.getvalue().endswith("0 records/s, what is left is unknown\n")


async def test_observers_are_told(source: Scripted) -> None:
    counts = Counts()
    told = Progress("reader", io.StringIO(), [counts])

    told.took(Taken(2, 1), 0.5)
    told.tell(source, at_once=True)

    assert counts.told == [
        ("ingestion_records", 2, {"consumer": "reader", "outcome": "written"}),
        ("ingestion_records", 1, {"consumer": "reader", "outcome": "refused"}),
        ("ingestion_batch_duration_seconds", True, {"consumer": "reader"}),
        ("ingestion_lag", 1500, {"consumer": "reader", "partition": "0", "unit": "records"}),
    ]
