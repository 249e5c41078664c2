"""PgBouncer as Debian ships it: 1.18 knows no prepared statements."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from sqlalchemy import URL

from workshop.rigs.daemon import daemon, own_folder
from workshop.rigs.debian import program
from workshop.rigs.service import HOST, free_port

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
ignore_startup_parameters = options
"""

type Mode = Literal["session", "transaction"]


@asynccontextmanager
async def pgbouncer(server: URL, mode: Mode, size: int = 20) -> AsyncIterator[URL]:
    """Yield the address of the database behind a pooler with so many connections to it."""
    port = free_port()
    configuration = CONFIGURATION.format(
        host=server.query.get("host", server.host),
        port=server.port or 5432,
        user=server.username,
        listen=HOST,
        listen_port=port,
        mode=mode,
        size=size,
    )
    with own_folder() as folder:
        (folder / "pgbouncer.ini").write_text(configuration)
        async with daemon(folder, port, program("pgbouncer", "pgbouncer"), "pgbouncer.ini"):
            yield server.set(host=HOST, port=port, query={})
