"""SIGTERM while a process still starts: its imports take seconds."""

import os
import signal
from collections.abc import Callable


def obey_from_now_on(unless: Callable[[], bool] = lambda: False) -> None:
    """End at SIGTERM at once, until something else handles it.

    Process 1 of a container ignores a signal that it has no handler for. An image therefore blocks
    it before Python starts (``env --block-signal=TERM``): here it arrives.
    """

    def end(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)
        if not unless():  # only process 1 comes here
            os._exit(128 + number)

    signal.signal(signal.SIGTERM, end)
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
