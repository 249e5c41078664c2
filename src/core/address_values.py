"""Values of parameters with which libpq would refuse each connection, told at the start."""

import base64
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn

from src.core.address_hosts import faults_of_hosts

TLS_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_TLS_VERSIONS = ("tlsv1", "tlsv1.1", "tlsv1.2", "tlsv1.3")
_PROTOCOLS = ("3.0", "3.2", "latest")
_METHODS = {"password", "md5", "gss", "sspi", "scram-sha-256", "oauth", "none"}
_WORDS = {
    "channel_binding": ("disable", "prefer", "require"),
    "gssencmode": ("disable", "prefer", "require"),
    "load_balance_hosts": ("disable", "random"),
    "max_protocol_version": _PROTOCOLS,
    "min_protocol_version": _PROTOCOLS,
    "replication": ("false", "off", "no", "0"),  # those of standbys take no statements of ours
    "sslcertmode": ("disable", "allow", "require"),
    "sslmode": TLS_MODES,
    "sslnegotiation": ("postgres", "direct"),
    "target_session_attrs": (
        *("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
    ),
}
_NUMBERS = (
    *("connect_timeout", "keepalives", "keepalives_count", "keepalives_idle"),
    *("keepalives_interval", "tcp_user_timeout"),
)


def faults_of(given: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with the parameters of an address. Nothing of a value is repeated."""
    for name, words in _WORDS.items():
        if name in given and given[name] not in words:
            yield f"{name} is one of {', '.join(words)}"
    for name, (is_right, advice) in _FORMS.items():
        if name in given and not is_right(given[name]):
            yield f"{name} {advice}"
    yield from faults_of_hosts(given)
    yield from _faults_of_tls(given)
    if _exceeds(_PROTOCOLS, given.get("min_protocol_version"), given.get("max_protocol_version")):
        yield "min_protocol_version is above max_protocol_version"


def _faults_of_tls(given: Mapping[str, str]) -> Iterator[str]:
    mode, certificates = given.get("sslmode", ""), given.get("sslrootcert", "")
    if given.get("sslnegotiation") == "direct" and (mode or _usual_mode(given)) in TLS_MODES[:3]:
        yield f"sslnegotiation=direct needs sslmode, one of {', '.join(TLS_MODES[3:])}"
    if certificates == "system" and mode not in {"", "verify-full"}:
        yield "sslrootcert=system needs sslmode=verify-full"
    if (
        certificates not in {"", "system"}
        and mode.startswith("verify")
        and not os.path.isfile(certificates)
    ):
        yield "sslrootcert names a file that does not exist"
    versions = (given.get(f"ssl_{each}_protocol_version", "").lower() for each in ("min", "max"))
    if _exceeds(_TLS_VERSIONS, *versions):
        yield "ssl_min_protocol_version is above ssl_max_protocol_version"


def _usual_mode(given: Mapping[str, str]) -> str:
    """Return the mode of TLS unless the address has one; none if the file of services may have it."""
    return os.environ.get("PGSSLMODE") or ("" if "service" in given else "prefer")


def _exceeds(order: tuple[str, ...], least: str | None, most: str | None) -> bool:
    return least in order and most in order and order.index(least) > order.index(most)


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdecimal() and len(digits) < 11 and int(digits) < 2**31


def _is_key(text: str) -> bool:
    with suppress(ValueError):
        return len(base64.b64decode(text, validate=True)) == 32
    return False


def _are_methods(text: str) -> bool:
    methods = text.split(",")
    names = [each.removeprefix("!") for each in methods]
    are_alike = len({each.startswith("!") for each in methods}) == 1
    return not text or ({*names} <= _METHODS and len({*names}) == len(names) and are_alike)


def _is_service(name: str) -> bool:
    """Ask libpq, which reads the file of services before it looks at the mode of TLS."""
    connection = PGconn.connect_start(make_conninfo(service=name, sslmode="unknown").encode())
    try:
        return any(each.val for each in connection.info)
    finally:
        connection.finish()


_FORMS: dict[str, tuple[Callable[[str], bool], str]] = {
    **dict.fromkeys(_NUMBERS, (_is_number, "is a whole number")),
    **dict.fromkeys(
        ("ssl_min_protocol_version", "ssl_max_protocol_version"),
        (
            lambda text: text.lower() in {"", *_TLS_VERSIONS},
            "is TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3",
        ),
    ),
    **dict.fromkeys(("scram_client_key", "scram_server_key"), (_is_key, "is 32 bytes in Base64")),
    "client_encoding": (lambda text: text.upper().replace("-", "") == "UTF8", "has to be UTF8"),
    "require_auth": (
        _are_methods,
        f"has some of {', '.join(sorted(_METHODS))}, separated by commas, or all with an ! before",
    ),
    "service": (_is_service, "is not defined in the file of services: see PGSERVICEFILE"),
}
