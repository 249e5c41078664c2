"""A TCP forwarder between the service and its database that can be made to fail."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import URL

from workshop.rigs.clients import HOST, free_port


class Forwarder:
    """Runs in the event loop of the test, which must not block meanwhile."""

    def __init__(self, server: URL) -> None:
        self.server = server
        self._swallows = False
        self._lost: bytes | None = None
        self._unheard: asyncio.StreamReader | None = None
        self._flows = asyncio.Event()
        self._flows.set()
        self._port = free_port()
        self._listener: asyncio.Server | None = None
        self._connections: set[asyncio.StreamWriter] = set()
        self.url = server.set(host=HOST, port=self._port, query={})

    async def forward(self) -> None:
        """Work again. Connections that have lost bytes break, as they do once a network is back."""
        if self._swallows:
            self.cut()
        self._swallows = False
        self._flows.set()
        if self._listener is None:
            self._listener = await asyncio.start_server(self._serve, HOST, self._port)

    def cut(self) -> None:
        """Break all connections; new ones are accepted."""
        for writer in self._connections:
            writer.transport.abort()

    def freeze(self) -> None:
        """Pass nothing on until `forward`, which then delivers what has arrived meanwhile."""
        self._flows.clear()

    def redirect(self, server: URL) -> None:
        """Take new connections to another server; the ones that are open stay where they are."""
        self.server = server

    def swallow(self) -> None:
        """Accept everything, pass nothing on."""
        self._swallows = True

    def lose_answer_to(self, question: bytes) -> None:
        """Pass the next such question on, and break all connections when it is answered, and no other."""
        self._lost = question

    async def refuse(self) -> None:
        """Break all connections and accept no more."""
        if self._listener is not None:
            self._listener.close()
            self.cut()
            self._flows.set()  # what is frozen would wait for ever
            await self._listener.wait_closed()
            self._listener = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, questions = await self._connect()
        both = {writer, questions}
        self._connections |= both
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pass(reader, questions, answers))
                tasks.create_task(self._pass(answers, writer, answers))
        finally:
            self._connections -= both
            for each in both:
                each.transport.abort()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        folder, port = self.server.query.get("host"), self.server.port or 5432
        if isinstance(folder, str):
            return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")
        return await asyncio.open_connection(str(self.server.host), port)

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        answers: asyncio.StreamReader,
    ) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                await self._flows.wait()
                if self._swallows:
                    continue
                if reader is self._unheard:
                    self._unheard = None
                    self.cut()
                    return
                if self._lost and self._lost in data:
                    self._unheard, self._lost = answers, None
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def forwarded(server: URL) -> AsyncIterator[Forwarder]:
    forwarder = Forwarder(server)
    await forwarder.forward()
    try:
        yield forwarder
    finally:
        await forwarder.refuse()
