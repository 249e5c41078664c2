import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# What clients have sent is still on its way through the kernel when the signal comes.
ARRIVAL_SECONDS = 0.2


class Drain:
    """Between SIGTERM and the stop: still serving, but no longer ready for more.

    Load balancers need a moment to notice. A server that stops at once drops what they still send.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = max(seconds, ARRIVAL_SECONDS)
        self.has_begun = False

    @contextmanager
    def on_sigterm(self) -> Iterator[None]:
        """Put off the handler that the server has installed; a second signal reaches it at once."""
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
