"""Settings that are valid but unsafe, or have no effect."""

import os
import sys
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import NoReturn

from dotenv import dotenv_values
from sqlalchemy import URL

from src.core.judgement import hazards_of
from src.core.settings import Settings

STARTUP_FAILURE = 3
"""The exit code of a process that uvicorn and gunicorn must not start again."""

type Hazard = tuple[Callable[[Settings], bool], str]


def _is_sqlite(settings: Settings) -> bool:
    return settings.database_url.get_backend_name() == "sqlite"


def _has_sqlite_beside(settings: Settings, url: URL | None) -> bool:
    return url is not None and (_is_sqlite(settings) or url.get_backend_name() == "sqlite")


def _has_folder(file: str) -> bool:
    folder = os.path.dirname(file) or "."
    return os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)


_ANYWHERE: list[Hazard] = [
    (
        lambda s: s.cors_credentials and "*" in s.cors_origins,
        "CORS_ORIGINS=* with CORS_CREDENTIALS lets every web site act as your users",
    ),
    (
        lambda s: s.cors_credentials and not s.cors_origins,
        "CORS_CREDENTIALS has no effect without CORS_ORIGINS",
    ),
    (
        lambda s: s.web_concurrency > 1 and _is_sqlite(s),
        "WEB_CONCURRENCY above 1 needs PostgreSQL: SQLite has one writer",
    ),
    (
        lambda s: _has_sqlite_beside(s, s.database_read_url),
        "DATABASE_READ_URL is for a standby of PostgreSQL",
    ),
    (
        lambda s: _has_sqlite_beside(s, s.database_listen_url),
        "DATABASE_LISTEN_URL is for PostgreSQL behind a pooler",
    ),
    (
        lambda s: s.database_pool_wait + s.database_statement_timeout >= s.request_deadline,
        "REQUEST_DEADLINE has to exceed DATABASE_POOL_WAIT and DATABASE_STATEMENT_TIMEOUT together",
    ),
]

_IN_PRODUCTION: list[Hazard] = [
    (lambda s: s.log_level == "DEBUG", "LOG_LEVEL=DEBUG writes users' data into the log"),
    (lambda s: s.database_echo, "DATABASE_ECHO writes every statement into the log"),
    (lambda s: "*" in s.allowed_hosts, "ALLOWED_HOSTS=* accepts forged Host headers"),
    (lambda s: "*" in s.cors_origins, "CORS_ORIGINS=* lets every web site read the answers"),
    (
        lambda s: any(origin.startswith("http://") for origin in s.cors_origins),
        "CORS_ORIGINS with http:// trusts everybody on the network; use https://",
    ),
    (
        lambda s: _is_sqlite(s) and s.database_url.database in {None, "", ":memory:"},
        "DATABASE_URL in memory forgets everything when the process ends",
    ),
    (
        lambda s: _is_sqlite(s) and not _has_folder(s.database_url.database or ""),
        "DATABASE_URL has to name a file in a folder that exists and is writable",
    ),
]


def _of_addresses(settings: Settings) -> Iterator[str]:
    addresses = {"DATABASE_URL": settings.database_url}
    if settings.database_read_url:
        addresses["DATABASE_READ_URL"] = settings.database_read_url
    if settings.database_listen_url:
        addresses["DATABASE_LISTEN_URL"] = settings.database_listen_url
    if settings.in_production:
        for variable, url in addresses.items():
            yield from hazards_of(url, variable)


def refuse_hazards(settings: Settings) -> None:
    """Raise ``SystemExit`` with a line for each hazard: the setting, and why it is unsafe."""
    rules = _ANYWHERE + (_IN_PRODUCTION if settings.in_production else [])
    hazards = [reason for applies, reason in rules if applies(settings)]
    own = [*_misspelt(settings), *hazards, *_of_addresses(settings)]
    if hazards := [*own, *settings.hazards()]:
        raise SystemExit("\n  ".join(["The settings are not safe:", *hazards]))


def end_start(reason: object) -> NoReturn:
    """End a process of a server for good."""
    print(reason, file=sys.stderr)
    raise SystemExit(STARTUP_FAILURE) from None


def _misspelt(settings: Settings) -> Iterator[str]:
    """Yield a line for each name in the file ``.env`` that is nearly one of a setting."""
    names = {name.upper() for name in type(settings).model_fields}
    path = settings.model_config["env_file"]
    if not isinstance(path, str):
        return
    for name in dotenv_values(path, encoding="utf-8-sig", interpolate=False):
        near = get_close_matches(name.upper(), names, n=1, cutoff=0.85)
        if near and name.upper() not in names:
            yield f"{path} has {name}, which is no setting: write {near[0]}"
