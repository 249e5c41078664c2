"""What the books of a mixed run hold."""

from dataclasses import dataclass, field
from math import inf
from typing import Self

from httpx import Response

from tests.api import Json

GRACE_SECONDS = 10
"""Seconds after an outage in which a request may still be sent in vain."""


class WrongError(Exception):
    """An answer that its request may not get. The message has both."""


@dataclass
class Outage:
    name: str
    start: float
    end: float = inf
    refused: int = 0
    recovered: float | None = None
    """Seconds from its start until it was over for a client that asks all the time."""

    def covers(self, sent: float, now: float) -> bool:
        return self.start <= now and sent <= self.end + GRACE_SECONDS

    def __str__(self) -> str:
        over = "" if self.recovered is None else f", over after {self.recovered:.2f} s"
        return f"{self.name}: {self.refused} refused{over}"


@dataclass(frozen=True)
class Row:
    """A row as it was acknowledged last."""

    body: Json
    etag: str = field(compare=False)
    location: str

    @classmethod
    def of(cls, answer: Response, location: str) -> Self:
        row = cls(answer.json(), answer.headers["etag"], location)
        # A proxy that compresses some answers makes the tags of these weak.
        expect(f"ETag of {location}", f'"{row.body["version"]}"', row.etag.removeprefix("W/"))
        return row


def told(answer: Response) -> str:
    headers = {
        name: answer.headers[name] for name in ("etag", "location") if name in answer.headers
    }
    return f"got {answer.status_code} {headers or ''} {answer.text[:300]}"


def expect(question: str, expected: object, found: object) -> None:
    if expected != found:
        raise WrongError(f"{question}: {expected} expected, got {found}")
