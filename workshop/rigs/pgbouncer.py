"""PgBouncer as Debian ships it: 1.18 knows no prepared statements, and that of trixie does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from sqlalchemy import URL

from workshop.rigs.clients import HOST, free_port
from workshop.rigs.daemon import USER, daemon, own_folder
from workshop.rigs.debian import program, unpacked

CONFIGURATION = """
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr = {listen}
listen_port = {listen_port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = {size}
max_client_conn = 200
"""

NEEDS = (
    "libc6",
    "libcares2",
    "libevent-2.1-7t64",
    "libpam0g",
    "libssl3t64",
    "libsystemd0",
)
"""With the C library of its suite, since the machine's is older."""

type Mode = Literal["session", "transaction"]


@asynccontextmanager
async def pgbouncer(
    server: URL, mode: Mode, size: int = 20, listen: str = HOST, *, is_newer: bool = False
) -> AsyncIterator[URL]:
    """Yield the address of the database behind a pooler with so many connections to it."""
    command = newer() if is_newer else [program("pgbouncer", "pgbouncer")]
    host, port = server.query.get("host", server.host), free_port()
    configuration = CONFIGURATION.format(
        host=host,
        port=server.port or 5432,
        user=server.username,
        listen=listen,
        listen_port=port,
        mode=mode,
        size=size,
    )
    # The socket of the embedded server is for its own user.
    user = Path(str(host)).owner() if USER and Path(str(host)).is_absolute() else USER
    with own_folder(user) as folder:
        (folder / "pgbouncer.ini").write_text(configuration, encoding="utf-8")
        async with daemon(folder, port, *command, "pgbouncer.ini"):
            yield server.set(host=HOST, port=port, query={})


def newer() -> list[str]:
    """Return the command of a PgBouncer that keeps prepared statements apart."""
    files = unpacked("pgbouncer", "trixie", *NEEDS).absolute()
    loader = next(files.rglob("ld-linux-*.so.*")).resolve()
    return [str(loader), "--library-path", str(loader.parent), f"{files}/usr/sbin/pgbouncer"]
