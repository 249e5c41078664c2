"""Books of a mixed run: each answer is compared with what its request may be answered."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from httpx import URL, AsyncClient, Response, TransportError

from workshop.rigs.clients import until
from workshop.rigs.entries import Outage, Row, WrongError, told
from workshop.rigs.ledger import AWAY_SECONDS, Ledger

PATIENCE_SECONDS = 60


@dataclass
class Mixed(Ledger):
    rows: dict[str, Row] = field(default_factory=dict)
    """By name."""
    lasting: list[Row] = field(default_factory=list)
    """Those that nobody changes, for everybody to read."""
    doubtful: set[str] = field(default_factory=set)
    """Names of rows whose last change was answered wrongly."""
    wrong: list[str] = field(default_factory=list)
    answered: int = 0
    """How many requests got their final answer; repetitions do not count."""
    ended: bool = False
    outages: list[Outage] = field(default_factory=list)
    causes: Counter[str] = field(default_factory=Counter)
    """What was said with an answer of 503, or instead of an answer."""

    @contextmanager
    def outage(self, name: str) -> Iterator[Outage]:
        """Allow refusals during the block and `GRACE_SECONDS` longer."""
        outage = Outage(name, time.monotonic())
        self.outages.append(outage)
        yield outage
        outage.end = time.monotonic()

    def book(self, row: Row) -> Row:
        self.rows[row.body["name"]] = row
        return row

    def doubt(self, wrong: str, *names: str) -> None:
        """Note a wrong answer; what became of rows of these names is not known."""
        self.wrong.append(wrong)
        self.doubtful |= {*names}
        for name in names:
            self.rows.pop(name, None)

    async def reach(self, answered: int) -> None:
        await self._wait(lambda: self.answered >= answered)

    async def refuse(self, times: int) -> None:
        """Wait until so many requests were refused by the latest outage."""
        await self._wait(lambda: self.outages[-1].refused >= times)

    async def _wait(self, holds: Callable[[], bool]) -> None:
        """Raise `TimeoutError` if it does not hold before the run ends."""

        async def is_over() -> bool:
            return holds() or self.ended

        await until(is_over, PATIENCE_SECONDS)
        if not holds():
            raise TimeoutError

    async def ask(
        self,
        client: AsyncClient,
        method: str,
        path: str | URL,
        status: int,
        repeated: int = 0,
        **request: Any,
    ) -> Response:
        """Send a request until it is answered with this status.

        A repetition may find the work done already, and get the status ``repeated`` for that.
        Raises `WrongError`.
        """
        wanted, started = {status}, time.monotonic()
        question = f"{method} {path} {request}"
        while time.monotonic() < started + PATIENCE_SECONDS:
            answer = await self.send(client, method, path, question, **request)
            if answer is not None and answer.status_code in wanted:
                self.answered += 1
                return answer
            if answer is not None and "retry-after" not in answer.headers:
                raise WrongError(f"{question}: {status} expected, {told(answer)}")
            await asyncio.sleep(1 if answer is not None else AWAY_SECONDS)
            wanted.add(repeated)
        raise WrongError(f"{question}: refused for {PATIENCE_SECONDS} s")

    async def send(
        self, client: AsyncClient, method: str, path: str | URL, question: str, **request: Any
    ) -> Response | None:
        sent = time.monotonic()
        try:
            answer = await client.request(method, path, **request)
        except TransportError as error:
            self.calls[0] += 1
            self._note_refusal(sent, type(error).__name__, question)
            return None
        self.slowest = max(self.slowest, time.monotonic() - sent)
        self.calls[answer.status_code] += 1
        if answer.status_code == 503 and "retry-after" in answer.headers:
            self._note_refusal(sent, answer.json()["detail"], question)
        return answer

    def _note_refusal(self, sent: float, cause: str, question: str) -> None:
        now = time.monotonic()
        self.causes[cause] += 1
        outage = next((each for each in self.outages[::-1] if each.covers(sent, now)), None)
        if outage is None:
            self.wrong.append(f"{question}: nothing was interrupted, yet {cause}")
        else:
            outage.refused += 1

    def __str__(self) -> str:
        return "; ".join([super().__str__(), *map(str, self.outages), f"{dict(self.causes)}"])
