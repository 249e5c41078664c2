"""Connections of the server, bounded before there is a request: no middleware sees them by then.

uvicorn takes this class by its option ``--http src.api.connections:Connection``.
"""

import logging
import resource
from asyncio import BaseTransport, TimerHandle
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from src.api.problems import ProblemResponse
from src.api.sizes import HEADER_BYTES, TOO_MANY_HEADERS, URL_BYTES

HEAD_SECONDS = 10
"""Time for the headers of a request, and for the rest of a body whose request is answered."""
READ_SECONDS = 30
"""Time in which a client has to read a part of what waits for it in memory."""
SPARE_FILES = 64
"""Files that connections leave for the database, logs and whatever else a worker opens."""

logger = logging.getLogger(__name__)

_MALFORMED = "The request is not valid HTTP/1.1."


class Connection(HttpToolsProtocol):
    """Closes connections that send nothing, too much outside of bodies, or take the last files."""

    _told = float("-inf")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head: TimerHandle | None = None
        self._unread: TimerHandle | None = None
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
        self._cancel_unread()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        if not self._in_body and self._head is None:
            self._expect_head()
        super().data_received(data)
        if self._received > HEADER_BYTES + URL_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, TOO_MANY_HEADERS)

    def on_header(self, name: bytes, value: bytes) -> None:
        # Fields behind a body are no headers (RFC 9110, 6.5.1): no layer has looked at them.
        if not self._in_body:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_body = True
        self._cancel_head()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._received = 0  # only bytes outside of bodies count
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_body, self._received = False, 0
        super().on_message_complete()
        if self.cycle.response_complete:  # and the rest of the body has ended uvicorn's timer
            self._cancel_head()
            self._expect_head()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._in_body and self.cycle.response_complete:
            self._expect_head()

    def _should_upgrade(self) -> bool:
        return False  # a WebSocket would escape all bounds, and the service has none

    def _unsupported_upgrade_warning(self) -> None:
        """End the connection with the answer: what follows may be of another protocol."""
        self.cycle.keep_alive = False

    def send_400_response(self, _: str) -> None:
        self._refuse(HTTPStatus.BAD_REQUEST, _MALFORMED)

    def _expect_head(self) -> None:
        self._head = self.loop.call_later(HEAD_SECONDS, self.timeout_keep_alive_handler)

    def _cancel_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

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

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        if self._may_answer():
            problem = ProblemResponse(status, detail)
            fields = [*problem.raw_headers, (b"connection", b"close")]
            lines = [name + b": " + value + b"\r\n" for name, value in fields]
            self.transport.write(b"".join([STATUS_LINE[status], *lines, b"\r\n", problem.body]))
        self.transport.close()

    def _may_answer(self) -> bool:
        """Return whether the next answer on the connection belongs to what is refused."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            return True
        return self._in_body and not (cycle.response_started or self.pipeline)
