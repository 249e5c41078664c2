"""PgBouncer as Debian ships it: 1.18 knows no prepared statements."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from sqlalchemy import URL

from workshop.rigs.clients import HOST, free_port
from workshop.rigs.daemon import USER, daemon, own_folder
from workshop.rigs.debian import program

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

type Mode = Literal["session", "transaction"]


@asynccontextmanager
async def pgbouncer(
    server: URL, mode: Mode, size: int = 20, listen: str = HOST
) -> AsyncIterator[URL]:
    """Yield the address of the database behind a pooler with so many connections to it."""
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
        async with daemon(folder, port, program("pgbouncer", "pgbouncer"), "pgbouncer.ini"):
            yield server.set(host=HOST, port=port, query={})
