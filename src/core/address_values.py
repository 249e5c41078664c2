"""Parameters with which no connection could succeed, told at the start."""

import os
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from ipaddress import ip_address

from psycopg.conninfo import make_conninfo
from psycopg.pq import ConnStatus, PGconn

SOCKET_BYTES = 90
"""Most of the folder of a socket, whose path has about 100 bytes on all systems."""


def faults_of(given: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with the parameters of an address. Nothing of a value is repeated."""
    yield from _faults_of_hosts(given)
    if not re.fullmatch("-?[0-9]{1,9}", given.get("connect_timeout", "0")):
        yield "connect_timeout is a whole number"
    if given.get("client_encoding", "UTF8").upper().replace("-", "") != "UTF8":
        yield "client_encoding has to be UTF8"
    if given.get("replication", "off") not in {"false", "off", "no", "0"}:
        yield "replication has to be off: a connection of a standby takes no statements of ours"
    certificates = given.get("sslrootcert", "")
    if (
        given.get("sslmode", "").startswith("verify")
        and certificates not in {"", "system"}
        and not os.path.isfile(certificates)
    ):
        yield "sslrootcert names a file that does not exist"
    if _is_refused(given):
        refused = [name for name, value in given.items() if _is_refused({name: value})]
        yield f"PostgreSQL's driver refuses {', '.join(refused) or 'these parameters together'}"


def _is_refused(given: Mapping[str, str]) -> bool:
    """Return whether libpq refuses the parameters before it sends anything.

    It judges them when it begins to connect: here to a port of our own, which nothing answers.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        own = {"host": "localhost", "hostaddr": "127.0.0.1", "port": port}
        if given.get("gssencmode") == "require":
            own["gssencmode"] = "prefer"  # what it requires may come after the start
        connection = PGconn.connect_start(make_conninfo(**{**given, **own}).encode())
        try:
            return connection.status == ConnStatus.BAD
        finally:
            connection.finish()


def _faults_of_hosts(given: Mapping[str, str]) -> Iterator[str]:
    names, numbers, ports = (
        given[name].split(",") if given.get(name) else [] for name in ("host", "hostaddr", "port")
    )
    if not all(map(_is_host, names)):
        yield "host is a name, an address, or the folder of a socket; this one cannot be looked up"
    if not all(_is_address(each) for each in numbers if each):
        yield "hostaddr has IP addresses, separated by commas"
    if not all(map(_is_port, filter(None, ports))):
        yield "a port is a number from 1 to 65535"
    if names and numbers and len(names) != len(numbers):
        yield "host and hostaddr name as many hosts"
    if len(ports) > 1 and len(ports) != len(numbers or names):
        yield "write one port, or as many as hosts"


def _is_host(name: str) -> bool:
    if name.startswith(("/", "@")):
        return len(name.encode()) <= SOCKET_BYTES
    try:
        name.encode("idna")  # as Python does before it looks a name up
    except UnicodeError:
        return False
    return True


def _is_address(text: str) -> bool:
    with suppress(ValueError):
        return bool(ip_address(text))
    return False


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < int(text[:6]) < 2**16
