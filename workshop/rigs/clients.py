"""How tests reach what runs: ports, clients, the database itself, and the patience to wait."""

import asyncio
import secrets
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from httpx import AsyncClient, Limits, TransportError
from sqlalchemy import URL, NullPool, Row, create_engine

HOST = "127.0.0.1"


def client_of(port: int, prefix: str = "", host: str = HOST) -> AsyncClient:
    limits = Limits(max_connections=None, max_keepalive_connections=None)
    return AsyncClient(
        base_url=f"http://{host}:{port}{prefix}", limits=limits, timeout=30, trust_env=False
    )


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


def run_sql(url: URL, statement: str) -> list[Row[Any]]:
    """What the database itself says, past the service."""
    url = url.set(drivername=url.drivername.removesuffix("+aiosqlite"))
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        result = connection.exec_driver_sql(statement)
        return list(result) if result.returns_rows else []
