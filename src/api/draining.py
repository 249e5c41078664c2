import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from src.core.fields import ARRIVAL_SECONDS


class Drain:
    """The time between SIGTERM and the stop, in which the service still serves but is not ready.

    Load balancers need a moment to notice; a server that stops at once drops their last requests.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = max(seconds, ARRIVAL_SECONDS)
        self.has_begun = False
        self._told: set[Callable[[], None]] = set()

    @contextmanager
    def telling(self, tell: Callable[[], None]) -> Iterator[None]:
        """Call a function if the drain begins during the block."""
        self._told.add(tell)
        try:
            yield
        finally:
            self._told.remove(tell)

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Begin to drain at SIGTERM, and at Ctrl-C, which does not wait for load balancers."""
        with self._before(signal.SIGTERM, self.seconds), self._before(signal.SIGINT, 0):
            yield

    @contextmanager
    def _before(self, number: signal.Signals, seconds: float) -> Iterator[None]:
        """Delay the handler that the server has installed; a second signal calls it at once."""
        stop = signal.getsignal(number)
        if not callable(stop) or threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()

        def begin(_: int, frame: FrameType | None) -> None:
            self.has_begun = True
            signal.signal(number, stop)
            loop.call_soon_threadsafe(self._tell)
            if seconds:
                loop.call_soon_threadsafe(loop.call_later, seconds, stop, number, None)
            else:
                stop(number, frame)

        signal.signal(number, begin)
        try:
            yield
        finally:
            signal.signal(number, stop)

    def _tell(self) -> None:
        for tell in [*self._told]:
            tell()
