"""Connections of clients that have to read what they are answered."""

from asyncio import TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

READ_SECONDS = 30
"""Time in which a client has to read a part of what waits for it in memory."""


class ReadConnection(HttpToolsProtocol):
    """Disconnects a client that reads nothing: no middleware can do so without an error."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._unread: TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_unread()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._expect_reading()

    def resume_writing(self) -> None:
        self._cancel_unread()
        super().resume_writing()

    def _expect_reading(self) -> None:
        unread = self.transport.get_write_buffer_size()
        self._unread = self.loop.call_later(READ_SECONDS, self._look_for_reading, unread)

    def _look_for_reading(self, unread: int) -> None:
        if self.transport.get_write_buffer_size() < unread:
            self._expect_reading()
        else:
            self.transport.abort()

    def _cancel_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
