"""Addresses of databases, read as libpq reads them."""

from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from src.core.address_values import faults_of

ADVICE = "write postgresql://user:password@host/database or sqlite:///file.db"
# SQLAlchemy's names of the driver, and those that platforms and people write.
_POSTGRESQL = {"postgres", "postgresql", "postgresql+psycopg"}
_SQLITE = {"sqlite", "sqlite+aiosqlite"}


def database_url(value: object) -> URL:
    """Read an address. Raises `ValueError`, which repeats nothing of it."""
    text = value.render_as_string(hide_password=False) if isinstance(value, URL) else value
    if not isinstance(text, str):
        raise ValueError(ADVICE)  # noqa: TRY004  # Pydantic shows this one
    scheme, _, rest = text.partition("://")
    if scheme in _SQLITE:
        return _sqlite_url(text)
    if scheme in _POSTGRESQL:
        return _postgresql_url(rest)
    raise ValueError(ADVICE)


def _sqlite_url(text: str) -> URL:
    try:
        url = make_url(text)
    except ArgumentError:
        raise ValueError(ADVICE) from None
    if url.query or url.host or url.username:
        msg = "write sqlite:///file.db, without a host and without parameters"
        raise ValueError(msg)
    return url.set(drivername="sqlite+aiosqlite")


def _postgresql_url(rest: str) -> URL:
    """Return the address in one form: what SQLAlchemy has no field for is in the query."""
    base, _, query = rest.partition("?")
    pairs = _with_hosts_of_sqlalchemy(parse_qsl(query, keep_blank_values=True))
    if len(dict(pairs)) < len(pairs):
        msg = "a parameter is given twice"
        raise ValueError(msg)
    try:
        written = conninfo_to_dict(f"postgresql://{base}?{urlencode(pairs, quote_via=quote)}")
    except psycopg.Error:
        msg = f"PostgreSQL's driver cannot read it, or does not know a parameter: {ADVICE}"
        raise ValueError(msg) from None
    parameters = {name: str(value) for name, value in written.items()}
    for fault in faults_of(parameters):
        raise ValueError(fault)
    user, password = parameters.pop("user", None), parameters.pop("password", None)
    database = parameters.pop("dbname", None)
    host, port = parameters.get("host", ""), parameters.get("port", "")
    if "," in host + port or host.startswith(("/", "@")) or not host:
        return URL.create("postgresql+psycopg", user, password, None, None, database, parameters)
    del parameters["host"]
    number = int(parameters.pop("port", "") or 0) or None
    return URL.create("postgresql+psycopg", user, password, host, number, database, parameters)


def _with_hosts_of_sqlalchemy(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Rewrite ``host=a:1&host=b:2``, as SQLAlchemy has it, to ``host=a,b&port=1,2``."""
    hosts = [value for name, value in pairs if name == "host"]
    if not any(_port_in(host) for host in hosts) and len(hosts) < 2:
        return pairs
    ports = [_port_in(host) for host in hosts]
    names = [
        host.removesuffix(f":{port}") if port else host
        for host, port in zip(hosts, ports, strict=True)
    ]
    others = [pair for pair in pairs if pair[0] != "host"]
    return [
        *others,
        ("host", ",".join(names)),
        *([("port", ",".join(ports))] if any(ports) else []),
    ]


def _port_in(host: str) -> str:
    name, _, port = host.rpartition(":")
    return port if name and port.isdecimal() and ":" not in name and "/" not in name else ""


def libpq_arguments(url: URL) -> dict[str, Any]:
    """Return everything that the address says, as psycopg takes it; for the service and Alembic."""
    fields = {
        "user": url.username,
        "password": url.password,
        "host": url.host,
        "port": url.port,
        "dbname": url.database,
    }
    given = {name: value for name, value in fields.items() if value is not None}
    return {"client_encoding": "UTF8"} | dict(url.query) | given
