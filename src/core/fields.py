"""Types of settings. Each accepts what can work as written, and says what to write instead.

No message repeats the value, which may hold a secret.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import ErrorDetails
from sqlalchemy import URL

ARRIVAL_SECONDS = 0.5
"""Requests sent before SIGTERM may still be on their way through the kernel."""

_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = rf"{_LABEL}(\.{_LABEL})*"
_ADDRESS = r"\[[0-9a-f:.]+\]"
_HOST = re.compile(rf"\*|(\*\.)?{_NAME}|{_ADDRESS}")
_ORIGIN = re.compile(
    rf"(?P<scheme>[a-z][a-z0-9+.-]*)://({_NAME}|{_ADDRESS})(:(?P<port>\d{{1,5}}))?"
)
_HEADER = re.compile(r"[A-Za-z0-9_-]+")
_ADVICE = {
    "missing": "set this variable",
    "bool_parsing": "write true or false",
    "float_parsing": "write a number without a unit, such as 5 or 0.5",
    "int_parsing": "write a whole number without a unit, such as 5",
    "int_parsing_size": "write a smaller number",
}
_DEFAULT_PORTS = {"http": "80", "https": "443"}  # which browsers leave out


def as_written(text: str) -> str:
    """Remove the spaces around a value. Raises ``ValueError`` for what no value can contain."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        msg = "write it without quotes"  # a shell removes them; `docker run --env-file` does not
        raise ValueError(msg)
    if not text.isprintable():
        msg = "write printable characters only, in UTF-8"
        raise ValueError(msg)
    return text


def advice(error: ErrorDetails) -> str:
    """Return what to write. No message of Pydantic's repeats the value, and none of ours."""
    return _ADVICE.get(error["type"]) or error["msg"].removeprefix("Value error, ")


def _names(value: object) -> object:
    if not isinstance(value, str):
        return value
    return [name.strip() for name in value.split(",") if name.strip()]


def _hosts(names: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(name.lower() for name in names)
    if not names or not all(_HOST.fullmatch(name) for name in names):
        msg = (
            "write names such as api.example.com, *.example.com or [::1], separated by commas, "
            "without scheme, port and path; a name with other letters as xn--..."
        )
        raise ValueError(msg)
    return names


def _origins(names: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(name.lower() for name in names)
    if names != ("*",) and not all(_is_origin(name) for name in names):
        msg = (
            "write origins as browsers send them, such as https://app.example.com, separated by "
            "commas, without path, final / and default port; or * alone"
        )
        raise ValueError(msg)
    return names


def _is_origin(name: str) -> bool:
    found = _ORIGIN.fullmatch(name)
    if found is None:
        return False
    return is_port(found["port"]) and found["port"] != _DEFAULT_PORTS.get(found["scheme"], "")


def is_port(digits: str | None) -> bool:
    """Return whether this can be the port of an address, which may have none."""
    return digits is None or 0 < int(digits) < 2**16


def _headers(names: tuple[str, ...]) -> tuple[str, ...]:
    if not all(_HEADER.fullmatch(name) for name in names):
        msg = "write names of headers such as traceparent, separated by commas"
        raise ValueError(msg)
    return names


def plain_host(url: URL) -> URL:
    """Raise ``ValueError`` for a password whose end is taken for the host, which messages name."""
    if "@" in (url.host or ""):
        msg = "write @ as %40 in a user's name and a password"
        raise ValueError(msg)
    return url


def drain(seconds: float) -> float:
    """Raise ``ValueError`` for a drain that is shorter than the service's own."""
    if 0 < seconds < ARRIVAL_SECONDS:
        msg = f"write 0, or at least {ARRIVAL_SECONDS}: the service always drains that long"
        raise ValueError(msg)
    return seconds


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


Lower, Upper = BeforeValidator(_lower), BeforeValidator(_upper)
Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
"""A list of names, separated by commas in the environment."""
HeaderNames = Annotated[Names, AfterValidator(_headers)]
Hosts = Annotated[Names, AfterValidator(_hosts)]
Origins = Annotated[Names, AfterValidator(_origins)]
Seconds = Annotated[float, Field(ge=0.001, le=3600)]
"""At least a millisecond, in which PostgreSQL counts: less would be 0 there, which is no limit."""
