"""Everything that differs between deployments, read once from the environment."""

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL

from src.core.addresses import database_url
from src.core.fields import (
    HeaderNames,
    Hosts,
    Lower,
    Origins,
    Seconds,
    Upper,
    advice,
    as_written,
    drain,
    plain_host,
)

# SQLAlchemy's URL shows its password as *** wherever it is printed.
DatabaseURL = Annotated[URL, BeforeValidator(database_url), AfterValidator(plain_host)]


class Settings(BaseSettings):
    """One field per environment variable; the file ``.env`` supplies missing variables.

    A capability adds its own fields in a subclass; `settings_with` joins the subclasses into one.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8-sig",  # with or without the mark that some editors put first
        enable_decoding=False,  # a URL is a tuple, which Pydantic would read as JSON
        extra="ignore",
        frozen=True,
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    app_name: Annotated[str, Field(max_length=60)] = "Service"
    """Title in the documentation, and the application name in PostgreSQL."""
    environment: Annotated[Literal["development", "production"], Lower] = "production"
    """`development` serves `/docs`, `/redoc` and `/openapi.json`, and writes logs as text."""
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], Upper] = "INFO"
    """The lowest level that is logged: `DEBUG`, `INFO`, `WARNING` or `ERROR`."""
    web_concurrency: Annotated[int, Field(ge=1, le=1000)] = 1
    """Worker processes; uvicorn reads this variable, too, but no file `.env`."""

    allowed_hosts: Hosts = ("localhost", "127.0.0.1", "[::1]")
    """Host names of the service, `*.example.com` for all subdomains; health probes may use any."""
    cors_origins: Origins = ()
    """Web sites whose scripts may call the service, such as `https://app.example.com`."""
    cors_headers: HeaderNames = ()
    """Request headers those scripts may send besides the service's own, such as `traceparent`."""
    cors_credentials: bool = False
    """Let those scripts send cookies and Authorization."""

    database_url: DatabaseURL
    """`postgresql://user:password@host/database` (also `postgres://`) or `sqlite:///file.db`."""
    database_read_url: DatabaseURL | None = None
    """Database for requests that only read, such as a replica; unset, they ask the database itself."""
    database_listen_url: DatabaseURL | None = None
    """The same PostgreSQL database without a pooler in between, to hear the other processes."""
    database_pool_size: Annotated[int, Field(ge=1, le=100)] = 5
    """Connections for reading, and as many for writing, of each worker process."""
    database_pool_wait: Seconds = 2.0
    """Seconds that a request waits for a connection before it gets a 503."""
    database_statement_timeout: Seconds = 5.0
    """Seconds after which PostgreSQL cancels a statement."""
    database_prepared_statements: bool = True
    """`false` for a pooler in transaction mode that does not keep prepared statements."""
    database_echo: bool = False
    """Log every statement, without its values."""

    max_streams: Annotated[int, Field(ge=1, le=100_000)] = 1_000
    """Most live streams and long polls of a worker process; the next one gets a 503."""
    max_streams_per_owner: Annotated[int, Field(ge=1, le=100_000)] = 20
    """Most of them for one caller; the next one gets a 429."""
    require_if_match: bool = False
    """Refuse PATCH and DELETE without `If-Match`, with 428."""
    max_body_size: Annotated[int, Field(gt=0, le=1_000_000_000)] = 1_000_000
    """Largest request body in bytes; a larger one gets a 413."""
    request_deadline: Seconds = 10.0
    """Seconds after which a request is aborted: 503, or 408 if its body did not arrive."""
    drain_seconds: Annotated[float, Field(ge=0, le=3600), AfterValidator(drain)] = 0.0
    """Seconds to keep serving after SIGTERM, not ready, until load balancers move traffic away."""

    @field_validator("*", mode="before")
    @classmethod
    def _as_written(cls, value: object, info: ValidationInfo) -> object:
        field = cls.model_fields[str(info.field_name)]
        written = as_written(value) if isinstance(value, str) else value
        if written != "" or field.is_required():
            return written
        if field.default not in (None, ()):  # an empty value stands for an empty default only
            msg = "remove it, or give it a value"
            raise ValueError(msg)
        return field.default

    @property
    def in_production(self) -> bool:
        return self.environment == "production"

    def hazards(self) -> Iterator[str]:
        """Yield a line for each setting of a capability that is valid but unsafe."""
        yield from ()


@cache
def get_settings() -> Settings:
    """Return the settings of the service without its capabilities. Raises ``SystemExit``."""
    return read_settings(Settings)


def part_of[S: Settings](settings: Settings, kind: type[S]) -> S:
    """Return the settings as an instance of a capability's class."""
    if not isinstance(settings, kind):
        msg = f"These settings are not {kind.__name__}: see `settings_with`."
        raise TypeError(msg)
    return settings


def read_settings[S: Settings](kind: type[S]) -> S:
    """Read the settings; raise ``SystemExit`` with a line per missing or invalid variable."""
    try:
        return kind()  # type: ignore[call-arg]  # the environment has the rest
    except ValidationError as error:
        lines = [f"{str(each['loc'][0]).upper()}: {advice(each)}" for each in error.errors()]
    except UnicodeDecodeError:
        lines = [f"{kind.model_config['env_file']}: save this file as UTF-8"]
    except OSError as error:
        lines = [f"{error.filename}: {error.strerror}"]
    raise SystemExit("\n  ".join(["The settings are not usable:", *lines]))
