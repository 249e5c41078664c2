"""Child processes that predict. They are started when they are needed, and then kept warm."""

import asyncio
import json
import time
from asyncio.subprocess import Process
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from src.core.places import Places
from src.jobs.processes import kill, start
from src.training.bounds import MODELS
from src.training.errors import LostPredictionError, PredictionsError, TooManyPredictionsError
from src.training.settings import TrainingSettings

type Json = dict[str, Any]

MOST_PREDICTIONS, OWN_PREDICTIONS = 32, 8
"""Requests of a process, and of an owner, that wait or are at work."""
SECONDS = 60.0
"""Most time for an answer, the start of a child process included."""
IDLE_SECONDS = 300.0
"""After which a child process is ended that has had nothing to do."""
ANSWER_BYTES = 16_777_216

PREDICTIONS = Places(MOST_PREDICTIONS, OWN_PREDICTIONS, PredictionsError, TooManyPredictionsError)


@dataclass
class Child:
    process: Process
    known: deque[str] = field(default_factory=lambda: deque(maxlen=MODELS))
    """Checksums of the models that it should have."""
    used: float = field(default_factory=time.monotonic)

    async def ask(self, request: Json) -> Json:
        """Return the answer. Raises `LostPredictionError` if the process has died."""
        assert self.process.stdin  # noqa: S101  # both are pipes
        assert self.process.stdout  # noqa: S101
        with suppress(ConnectionError):  # then there is no answer
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            await self.process.stdin.drain()
        line = await self.process.stdout.readline()
        if not line:
            raise LostPredictionError
        self.used = time.monotonic()
        answer: Json = json.loads(line)
        return answer


class Predictors:
    """The child processes of an app."""

    def __init__(self, settings: TrainingSettings) -> None:
        self._memory = settings.prediction_memory
        self._places = asyncio.Semaphore(settings.prediction_processes)
        self._idle: list[Child] = []

    @asynccontextmanager
    async def one(self, model: str) -> AsyncIterator[Child]:
        """Yield a child, if possible one that knows the model; end it if the block raises."""
        async with self._places:
            child = self._known(model) or await self._start()
            try:
                yield child
            except BaseException:
                await kill(child.process)
                raise
            self._idle.append(child)

    def _known(self, model: str) -> Child | None:
        """Take an idle child; the latest one if none knows the model."""
        self._idle = [each for each in self._idle if each.process.returncode is None]
        for child in reversed(self._idle):
            if model in child.known:
                self._idle.remove(child)
                return child
        return self._idle.pop() if self._idle else None

    async def _start(self) -> Child:
        arguments = ("src.training.predicting", f"{self._memory}")
        return Child(await start(*arguments, line_bytes=ANSWER_BYTES))

    async def keep_few(self) -> None:
        """End children that have nothing to do, until this is cancelled; then end all."""
        try:
            while True:
                await asyncio.sleep(IDLE_SECONDS / 10)
                await self.end_idle(time.monotonic() - IDLE_SECONDS)
        finally:
            await self.end_idle(float("inf"))

    async def end_idle(self, since: float) -> None:
        ended = [each for each in self._idle if each.used <= since]
        self._idle = [each for each in self._idle if each not in ended]
        for each in ended:
            await kill(each.process)
