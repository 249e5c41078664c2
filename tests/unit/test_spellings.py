"""Every setting in the spellings that people use: accepted, or refused with what to write."""

import os
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import URL

from src.api.capability import settings_with
from src.capabilities import CAPABILITIES
from src.core.safety import refuse_hazards
from src.core.settings import read_settings

Joined = settings_with(CAPABILITIES)


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Joined.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(Joined.model_config, "env_file", ".env")
    return tmp_path / ".env"


UNIT = "write a number without a unit, such as 5 or 0.5"
WHOLE = "write a whole number without a unit, such as 5"
QUOTES = "write it without quotes"
EMPTY = "remove it, or give it a value"
PRINTABLE = "write printable characters only"
BOOLEAN = "write true or false"
HOSTS = "write names such as api.example.com"
ORIGINS = "write origins as browsers send them"
HEADERS = "write names of headers such as traceparent"
PLACES = "write the path of a folder, without ~, or s3://bucket/prefix"
COLLECTOR = "write the address of a collector"
URLS = "write postgresql://user:password@host/database or sqlite:///file.db"


class Refused(str):
    """A part of the message."""


SECONDS: dict[str, object] = {
    "5": 5.0,
    "5.0": 5.0,
    " 2.5 ": 2.5,
    "1e1": 10.0,
    "0.001": 0.001,
    "3600": 3600.0,
    "0.0001": Refused("greater than or equal to 0.001"),
    "1e-9": Refused("greater than or equal to 0.001"),
    "0": Refused("greater than or equal to 0.001"),
    "-1": Refused("greater than or equal to 0.001"),
    "nan": Refused("less than or equal to 3600"),
    "inf": Refused("less than or equal to 3600"),
    "1e400": Refused("less than or equal to 3600"),
    "3601": Refused("less than or equal to 3600"),
    "5s": Refused(UNIT),
    "5 s": Refused(UNIT),
    "500ms": Refused(UNIT),
    "5,0": Refused(UNIT),
    "5 # seconds": Refused(UNIT),
    "none": Refused(UNIT),
    "": Refused(EMPTY),
    "  ": Refused(EMPTY),
    '"5"': Refused(QUOTES),
    "'5'": Refused(QUOTES),
    "５\u200b": Refused(PRINTABLE),
}
FLAG: dict[str, object] = {
    "true": True,
    "True ": True,
    "TRUE": True,
    "1": True,
    "yes": True,
    "on": True,
    "false": False,
    "False": False,
    "0": False,
    "no": False,
    "off": False,
    "": Refused(EMPTY),
    '"true"': Refused(QUOTES),
    "true # really": Refused(BOOLEAN),
    "enabled": Refused(BOOLEAN),
    "2": Refused(BOOLEAN),
}
MEMORY: dict[str, object] = {
    "4000000000": 4_000_000_000,
    "4_000_000_000": 4_000_000_000,
    "4GB": Refused(WHOLE),
    "4000": Refused("greater than or equal to 1000000000"),
    "99999999999999": Refused("less than or equal to 10000000000000"),
}
WHOLE_NUMBER: dict[str, object] = {
    "5": 5,
    " 5\t": 5,
    "5.0": 5,
    "5.5": Refused(WHOLE),
    "5,000": Refused(WHOLE),
    "five": Refused(WHOLE),
    "0x5": Refused(WHOLE),
    "1e1": Refused(WHOLE),
    "nan": Refused(WHOLE),
    "auto": Refused(WHOLE),
    "9" * 5000: Refused("write a smaller number"),
    "-1": Refused("greater than"),
    "0": Refused("greater than"),
    "": Refused(EMPTY),
    "'5'": Refused(QUOTES),
    "5 # workers": Refused(WHOLE),
}

ROWS: dict[object, dict[str, object]] = {
    # By type, for every setting that has no row of its own below.
    bool: FLAG,
    float: {
        "5": 5.0,
        " 0.5 ": 0.5,
        "5s": Refused("write a number without a unit"),
        "off": Refused("write a number without a unit"),
        "nan": Refused("less than or equal to"),
        "'5'": Refused(QUOTES),
        "": Refused(EMPTY),
    },
    SecretStr: {"x" * 40: SecretStr("x" * 40), "": None, '"quoted"': Refused(QUOTES)},
    "app_name": {
        "Service": "Service",
        " Bücher #1 ": "Bücher #1",
        "x" * 61: Refused("at most 60 characters"),
        "two\nlines": Refused(PRINTABLE),
        '"Service"': Refused(QUOTES),
        "": Refused(EMPTY),
        os.fsdecode(b"B\xfccher"): Refused(PRINTABLE),
    },
    "environment": {
        "production": "production",
        "Production": "production",
        "DEVELOPMENT ": "development",
        "prod": Refused("'development' or 'production'"),
        "dev": Refused("'development' or 'production'"),
        "staging": Refused("'development' or 'production'"),
        "'production'": Refused(QUOTES),
        "": Refused(EMPTY),
    },
    "log_level": {
        "INFO": "INFO",
        "info": "INFO",
        "Warning ": "WARNING",
        "warn": Refused("'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        "trace": Refused("'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        "20": Refused("'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        '"INFO"': Refused(QUOTES),
        "": Refused(EMPTY),
    },
    "web_concurrency": WHOLE_NUMBER | {"1001": Refused("less than or equal to 1000")},
    "allowed_hosts": {
        "api.example.com": ("api.example.com",),
        "a.example.com, b.example.com,": ("a.example.com", "b.example.com"),
        "API.Example.com": ("api.example.com",),
        "*.example.com": ("*.example.com",),
        "*": ("*",),
        "[::1],127.0.0.1": ("[::1]", "127.0.0.1"),
        "my_service": ("my_service",),
        "xn--bcher-kva.example": ("xn--bcher-kva.example",),
        "https://api.example.com": Refused(HOSTS),
        "api.example.com:8000": Refused(HOSTS),
        "api.example.com/": Refused(HOSTS),
        "api.example.com/v1": Refused(HOSTS),
        ".example.com": Refused(HOSTS),
        "*example.com": Refused(HOSTS),
        "api.*.com": Refused(HOSTS),
        "api.example.com.": Refused(HOSTS),
        "::1": Refused(HOSTS),
        f"{'a' * 64}.example.com": Refused(HOSTS),
        "bücher.example": Refused(HOSTS),
        "a.example.com b.example.com": Refused(HOSTS),
        "a.example.com;b.example.com": Refused(HOSTS),
        '["api.example.com"]': Refused(HOSTS),
        ",": Refused(HOSTS),
        '"api.example.com"': Refused(QUOTES),
        "": Refused(EMPTY),
    },
    "cors_origins": {
        "https://app.example.com": ("https://app.example.com",),
        "https://a.example, https://b.example:8443": (
            "https://a.example",
            "https://b.example:8443",
        ),
        "http://localhost:3000": ("http://localhost:3000",),
        "http://[::1]:3000": ("http://[::1]:3000",),
        "HTTPS://App.Example.com": ("https://app.example.com",),
        "capacitor://localhost": ("capacitor://localhost",),
        "*": ("*",),
        "": (),
        "https://app.example.com/": Refused(ORIGINS),
        "https://app.example.com/path": Refused(ORIGINS),
        "https://app.example.com:443": Refused(ORIGINS),
        "http://app.example.com:80": Refused(ORIGINS),
        "https://app.example.com:99999": Refused(ORIGINS),
        "https://app.example.com:0": Refused(ORIGINS),
        f"https://{'a' * 64}.example.com": Refused(ORIGINS),
        "https://*.example.com": Refused(ORIGINS),
        "https://bücher.example": Refused(ORIGINS),
        "https://user@app.example.com": Refused(ORIGINS),
        "app.example.com": Refused(ORIGINS),
        "null": Refused(ORIGINS),
        "*, https://app.example.com": Refused(ORIGINS),
        '["https://app.example.com"]': Refused(ORIGINS),
        '"https://app.example.com"': Refused(QUOTES),
    },
    "cors_headers": {
        "traceparent": ("traceparent",),
        "traceparent, X-Trace": ("traceparent", "X-Trace"),
        "": (),
        "*": Refused(HEADERS),
        "traceparent: 1": Refused(HEADERS),
        "traceparent tracestate": Refused(HEADERS),
        '["traceparent"]': Refused(HEADERS),
        '"traceparent"': Refused(QUOTES),
    },
    "database_url": {
        "sqlite:///file.db": "sqlite+aiosqlite:///file.db",
        "sqlite:///file.db\n": "sqlite+aiosqlite:///file.db",
        "postgres://u:p@h:5/d": "postgresql+psycopg://u:***@h:5/d",
        "postgresql://h/d?sslmode=require": "postgresql+psycopg://h/d?sslmode=require",
        "": Refused(URLS),
        "file.db": Refused(URLS),
        "postgresql//u:p@h/d": Refused(URLS),
        "postgresql://u:p@h:port/d": Refused("a port is a number"),
        "postgresql://h:70000/d": Refused("a port is a number"),
        f"postgresql://{'h' * 64}/d": Refused("host is a name"),
        "postgresql://a..b/d": Refused("host is a name"),
        f"postgresql:///d?host=/{'run/' * 30}": Refused("host is a name"),
        "mysql://u:p@h/d": Refused(URLS),
        "postgresql+asyncpg://u:p@h/d": Refused(URLS),
        "'sqlite:///file.db'": Refused(QUOTES),
    },
    "database_read_url": {
        "postgresql://h/d": "postgresql+psycopg://h/d",
        "": None,
        " ": None,
        "replica": Refused(URLS),
        '"postgresql://h/d"': Refused(QUOTES),
    },
    "database_listen_url": {
        "postgresql://h/d": "postgresql+psycopg://h/d",
        "": None,
        "server": Refused(URLS),
        '"postgresql://h/d"': Refused(QUOTES),
    },
    "database_pool_size": WHOLE_NUMBER | {"101": Refused("less than or equal to 100")},
    "database_pool_wait": SECONDS,
    "database_statement_timeout": SECONDS,
    "metrics_token": {
        "": None,
        "a" * 32: SecretStr("a" * 32),
        "two words": Refused("write up to 1,000 printable ASCII"),
        "a" * 1001: Refused("write up to 1,000 printable ASCII"),
    },
    "traces_url": {
        "": None,
        "http://collector:4318/v1/traces": "http://collector:4318/v1/traces",
        "https://traces.example.com": "https://traces.example.com",
        "collector:4318": Refused(COLLECTOR),
        "http://collector:99999/": Refused(COLLECTOR),
        "http://collector:0": Refused(COLLECTOR),
        "https://user:secret@traces.example.com": Refused(COLLECTOR),
        "http://collector:4318/v1/traces?key=secret": Refused(COLLECTOR),
        "'http://collector'": Refused(QUOTES),
    },
    "traces_share": {
        "0.1": 0.1,
        "1": 1.0,
        "0": 0.0,
        "": Refused(EMPTY),
        "10%": Refused(UNIT),
        "1.5": Refused("less than or equal to 1"),
        "-0.1": Refused("greater than or equal to 0"),
    },
    "service_version": {
        "1.2.0": "1.2.0",
        " v2+build-7_a ": "v2+build-7_a",
        "": Refused(EMPTY),
        "two words": Refused("write up to 80 letters"),
        'a"b': Refused("write up to 80 letters"),
        "a" * 81: Refused("write up to 80 letters"),
        "'1.2'": Refused(QUOTES),
    },
    "files_url": {
        "files": "files",
        "/var/lib/service/files ": "/var/lib/service/files",
        "s3://bucket": "s3://bucket",
        "s3://my.bucket-1/a/prefix": "s3://my.bucket-1/a/prefix",
        "": Refused(EMPTY),
        "'files'": Refused(QUOTES),
        "~/files": Refused(PLACES),
        "S3://bucket": Refused(PLACES),
        "s3://": Refused(PLACES),
        "s3://user:secret@bucket": Refused(PLACES),
        "https://bucket.s3.amazonaws.com": Refused(PLACES),
        "file:///var/lib/files": Refused(PLACES),
    },
    "max_file_size": WHOLE_NUMBER | {"5GB": Refused(WHOLE)},
    "file_quota": WHOLE_NUMBER | {"100GB": Refused(WHOLE)},
    "training_memory": MEMORY,
    "prediction_processes": WHOLE_NUMBER | {"101": Refused("less than or equal to 100")},
    "prediction_memory": MEMORY,
    "max_streams": WHOLE_NUMBER,
    "max_streams_per_owner": WHOLE_NUMBER,
    "max_body_size": WHOLE_NUMBER
    | {"1MB": Refused(WHOLE), "1_000_000": 1_000_000, "2000000000": Refused("less than or equal")},
    "request_deadline": SECONDS,
    "drain_seconds": SECONDS
    | {
        "0": 0.0,
        "0.5": 0.5,
        "0.001": Refused("write 0, or at least 0.5"),
        "0.0001": Refused("write 0, or at least 0.5"),
        "1e-9": Refused("write 0, or at least 0.5"),
        "-1": Refused("greater than or equal to 0"),
    },
}


def row_of(name: str) -> dict[str, object]:
    field = Joined.model_fields[name]
    kind = SecretStr if "SecretStr" in str(field.annotation) else field.annotation
    return ROWS.get(name) or ROWS.get(kind) or {}


@pytest.mark.parametrize("name", Joined.model_fields)
def test_every_setting_has_a_row(name: str) -> None:
    assert row_of(name), f"add the spellings that people use for {name.upper()}"


@pytest.mark.parametrize("name", Joined.model_fields)
def test_setting_is_accepted_or_refused_with_advice(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite://")
    understood = {}
    for written in row_of(name):
        monkeypatch.setenv(name.upper(), written)
        understood[written] = read(name)

    faults = {
        written: found
        for written, expected in row_of(name).items()
        if (found := understood[written]) != expected
        and not (isinstance(expected, Refused) and isinstance(found, Refused) and expected in found)
    }
    assert not faults


def read(name: str) -> object:
    """Return the value of a setting, or the only line of its refusal."""
    try:
        value = getattr(read_settings(Joined), name)
    except SystemExit as stop:
        first, line = str(stop).splitlines()
        assert first == "The settings are not usable:"
        assert line.startswith(f"  {name.upper()}: ")
        return Refused(line)
    return str(value) if isinstance(value, URL) else value


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("DATABASE_URI", "DATABASE_URL"),
        ("ALLOWED_HOST", "ALLOWED_HOSTS"),
        ("CORS_ORIGIN", "CORS_ORIGINS"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("ENVIROMENT", "ENVIRONMENT"),
        ("database_poolsize", "DATABASE_POOL_SIZE"),
    ],
)
def test_name_in_the_file_that_is_nearly_right_is_refused(
    env_file: Path, written: str, right: str
) -> None:
    env_file.write_text(f"DATABASE_URL=sqlite://\n{written}=planted\n", "utf-8")

    with pytest.raises(SystemExit) as stop:
        refuse_hazards(read_settings(Joined))

    assert f".env has {written}, which is no setting: write {right}" in str(stop.value)
    assert "planted" not in str(stop.value)


def test_names_of_others_in_the_file_are_left_alone(env_file: Path) -> None:
    others = ("POSTGRES_PASSWORD", "TEST_DATABASE_URL", "HTTP_PROXY", "COMPOSE_FILE", "PORT")
    env_file.write_text(
        "ENVIRONMENT=development\nDATABASE_URL=sqlite://\n"
        + "".join(f"{name}=1\n" for name in others),
        "utf-8",
    )

    refuse_hazards(read_settings(Joined))


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_file_that_is_not_utf_8_is_named(env_file: Path, encoding: str) -> None:
    env_file.write_text("APP_NAME=Bücher\nDATABASE_URL=sqlite://\n", encoding)

    with pytest.raises(SystemExit, match=r"\.env: save this file as UTF-8"):
        read_settings(Joined)


def test_mark_of_an_editor_at_the_start_of_the_file_is_no_part_of_a_name(env_file: Path) -> None:
    env_file.write_text("ENVIRONMENT=development\nDATABASE_URL=sqlite://\n", "utf-8-sig")

    assert read_settings(Joined).environment == "development"
