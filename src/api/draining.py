import asyncio
import signal
import threading
from collections.abc import Iterator
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

    @contextmanager
    def on_sigterm(self) -> Iterator[None]:
        """Delay the handler that the server has installed; a second signal calls it at once."""
        stop = signal.getsignal(signal.SIGTERM)
        if not callable(stop) or threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()

        def begin(number: int, _: FrameType | None) -> None:
            self.has_begun = True
            signal.signal(signal.SIGTERM, stop)
            loop.call_soon_threadsafe(loop.call_later, self.seconds, stop, number, None)

        signal.signal(signal.SIGTERM, begin)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, stop)
