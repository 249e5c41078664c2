"""Connections of the server, bounded before there is a request: no middleware sees them by then.

uvicorn takes this class by its option ``--http src.api.connections:Connection``.
"""

import logging
import resource
from asyncio import BaseTransport, TimerHandle
from http import HTTPStatus
from secrets import token_hex
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from src.api.context import REVALIDATED, common_headers
from src.api.problems import CLOSE, ProblemResponse
from src.api.reading import ReadConnection
from src.api.sizes import HEADER_BYTES, TOO_MANY_HEADERS, URL_BYTES

HEAD_SECONDS = 10
"""Time for the headers of a request, and for the rest of a body whose request is answered."""
SPARE_FILES = 64
"""Files that connections leave for the database, logs and whatever else a worker opens."""
PIPELINED = 16
"""Most requests that wait on their connection for the answer of the one before."""

logger = logging.getLogger(__name__)

_MALFORMED = "The request is not valid HTTP/1.1."


class Connection(ReadConnection):
    """Closes connections that send nothing or too much at once, or take the last files."""

    _told = float("-inf")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head: TimerHandle | None = None
        self._received = 0
        self._in_body = False
        self._is_full = False

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn narrows it, too
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE_FILES
        # Its number is the lowest that was free: as many files are open.
        if self.transport.get_extra_info("socket").fileno() >= most:
            self._tell(most)
            self.transport.abort()
        else:
            self._expect_head()

    def _tell(self, most: int) -> None:
        """Write a line, but not more than one in a second: there may be thousands."""
        if self.loop.time() - Connection._told > 1:
            Connection._told = self.loop.time()
            logger.warning("Refused connections: %s files are open already.", most)

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_full:
            return
        self._received += len(data)
        if not self._in_body and self._head is None:
            self._expect_head()
        super().data_received(data)
        if self._received > HEADER_BYTES + URL_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, TOO_MANY_HEADERS)

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= PIPELINED:
            raise BufferError  # ends the parsing
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        # Fields behind a body are no headers (RFC 9110, 6.5.1): no layer has looked at them.
        if not self._in_body:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_body = True
        self._cancel_head()
        self._obey_target()
        super().on_headers_complete()

    def _obey_target(self) -> None:
        """Let the host of a target such as http://host/path count (RFC 9112, 3.2.2)."""
        scheme, is_whole, rest = self.url.partition(b"://")
        if is_whole and b"/" not in scheme:
            host = rest.partition(b"/")[0]
            self.headers[:] = [(n, host if n == b"host" else value) for n, value in self.headers]

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
        if len(self.pipeline) >= PIPELINED:
            # Those that wait are answered. The client repeats the others on a new connection.
            self._is_full, self.cycle.keep_alive = True, False
        else:
            self._refuse(HTTPStatus.BAD_REQUEST, _MALFORMED)

    def _expect_head(self) -> None:
        self._head = self.loop.call_later(HEAD_SECONDS, self.timeout_keep_alive_handler)

    def _cancel_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        if self._may_answer():
            own_id = token_hex(16)
            problem = ProblemResponse(status, detail, CLOSE, request_id=own_id)
            own = [*self.server_state.default_headers, REVALIDATED, *common_headers(own_id)]
            fields = [*problem.raw_headers, *own]
            lines = [name + b": " + value + b"\r\n" for name, value in fields]
            self.transport.write(b"".join([STATUS_LINE[status], *lines, b"\r\n", problem.body]))
        self.transport.close()

    def _may_answer(self) -> bool:
        """Return whether the next answer on the connection belongs to what is refused."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            return True
        return self._in_body and not (cycle.response_started or self.pipeline)
