"""Hosts and ports to which libpq could never connect, told at the start."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from ipaddress import ip_address

SOCKET_BYTES = 90
"""Most of the folder of a socket, whose path has about 100 bytes on all systems."""


def faults_of_hosts(given: Mapping[str, str]) -> Iterator[str]:
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
