"""Connections of the server, bounded before there is a request: no middleware sees them by then.

uvicorn takes this class by its option ``--http src.api.connections:Connection``.
"""

import logging
import resource
from asyncio import BaseTransport, TimerHandle
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from src.api.problems import ProblemResponse
from src.api.sizes import HEADER_BYTES, TOO_MANY_HEADERS, URL_BYTES

HEAD_SECONDS = 10
"""Time until the headers of a request have arrived, from the connection or their first byte."""
SPARE_FILES = 64
"""Files that connections leave for the database, logs and whatever else a worker opens."""

logger = logging.getLogger(__name__)


class Connection(HttpToolsProtocol):
    """Closes connections that send too much or nothing at all before their request is complete,
    and those that would take the last files of the process.
    """

    _told = float("-inf")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head: TimerHandle | None = None
        self._received = 0
        self._in_body = False

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn narrows it, too
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE_FILES
        if len(self.connections) > most:
            self._tell(most)
            self.transport.abort()
        else:
            self._expect_head()

    def _tell(self, most: int) -> None:
        """Write a line, but not more than one in a second: there may be thousands."""
        if self.loop.time() - Connection._told > 1:
            Connection._told = self.loop.time()
            logger.warning("Refused connections: there are %s already.", most)

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._in_body:
            self._received += len(data)
            if self._head is None:
                self._expect_head()
        super().data_received(data)
        if not self._in_body and self._received > HEADER_BYTES + URL_BYTES:
            self._refuse()

    def on_headers_complete(self) -> None:
        self._in_body = True
        self._cancel_head()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_body, self._received = False, 0
        super().on_message_complete()

    def _expect_head(self) -> None:
        self._head = self.loop.call_later(HEAD_SECONDS, self.timeout_keep_alive_handler)

    def _cancel_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _refuse(self) -> None:
        problem = ProblemResponse(431, TOO_MANY_HEADERS)
        fields = [*problem.raw_headers, (b"connection", b"close")]
        lines = [name + b": " + value + b"\r\n" for name, value in fields]
        self.transport.write(b"".join([STATUS_LINE[431], *lines, b"\r\n", bytes(problem.body)]))
        self.transport.close()
