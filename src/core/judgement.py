"""What is unsafe about a database's address, judged by what libpq would do with it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from itertools import zip_longest

import psycopg
from sqlalchemy import URL

from src.core.addresses import libpq_arguments

CHOSEN_TLS_MODES = {"disable", "require", "verify-ca", "verify-full"}
"""With the others, libpq goes on without TLS if the server or an attacker in between asks for it."""
COMMON_PASSWORDS = {
    *("postgres", "password", "secret", "changeme", "changethis", "admin", "root", "test"),
}


def hazards_of(url: URL, variable: str) -> Iterator[str]:
    """Yield a line for each way in which libpq would connect unsafely in production."""
    if url.get_backend_name() == "sqlite":
        return
    used = _used_by_libpq(url)
    if used.get("password", "").lower() in COMMON_PASSWORDS:
        yield f"{variable} has a password that is guessed first"
    if not all(map(_is_local, _hosts_of(used))) and used.get("sslmode") not in CHOSEN_TLS_MODES:
        yield (
            f"{variable} of another host must choose its TLS mode: add ?sslmode=verify-full "
            "(or require, verify-ca, or disable)"
        )


def _used_by_libpq(url: URL) -> dict[str, str]:
    """Add libpq's own defaults to what the address says: the environment and the service file."""
    written = libpq_arguments(url)
    with _environment(PGSERVICE=written.get("service")):
        options = psycopg.pq.Conninfo.get_defaults()
    defaults = {each.keyword.decode(): each.val.decode() for each in options if each.val}
    return defaults | {name: str(value) for name, value in written.items()}


@contextmanager
def _environment(**variables: str | None) -> Iterator[None]:
    """Change variables for the block: libpq reads a service file only by its environment."""
    changed = {name: value for name, value in variables.items() if value}
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _hosts_of(used: dict[str, str]) -> list[str]:
    """Return the hosts to which libpq connects: an address, if there is one, instead of a name."""
    names, numbers = (used.get(each, "").split(",") for each in ("host", "hostaddr"))
    if numbers == [""]:
        return names
    return [number or name for number, name in zip_longest(numbers, names, fillvalue="")]


def _is_local(host: str) -> bool:
    if not host or host.startswith(("/", "@")) or host.lower() == "localhost":
        return True
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return False
