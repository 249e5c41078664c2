"""Log lines with the request's id: JSON in production, text in development."""

import json
import logging.config
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime

from src.core.settings import Settings

request_id: ContextVar[str] = ContextVar("request_id", default="-")


_encode = json.JSONEncoder(default=str).encode


class JsonFormatter(logging.Formatter):
    """Writes one line per record. An exception appears with its traceback and type, but without its
    message: messages quote values, such as the key that a constraint refused.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id.get(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1]:
            line["exception"] = _without_messages(record.exc_info[1])
        return _encode(line)


def _without_messages(error: BaseException) -> str:
    """Return the traceback of an error, preceded by those of its causes."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    earlier = f"{_without_messages(cause)}\n" if cause else ""
    where = "".join(traceback.format_tb(error.__traceback__))
    return f"{earlier}{where}{type(error).__module__}.{type(error).__qualname__}"


class TextFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(
            f" {name}={value}" for name, value in getattr(record, "fields", {}).items()
        )
        return f"{super().format(record)}{fields} [{request_id.get()}]"


def _at_least(level: str, logger: str) -> int:
    """Return the level of a server's logger, whose options could let it log requests whole."""
    return max(logging.getLogger(logger).level, logging.getLevelNamesMapping()[level])


def configure_logging(settings: Settings) -> None:
    # Skip looking up fields that no format prints.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # no look for the calling line, as logging's documentation says
    formatter = JsonFormatter if settings.in_production else TextFormatter
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"()": formatter, "format": "%(levelname)-8s%(message)s"}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"level": settings.log_level, "handlers": ["stderr"]},
            "loggers": {
                "uvicorn": {"handlers": [], "propagate": True},
                "uvicorn.error": {"level": _at_least(settings.log_level, "uvicorn.error")},
                "uvicorn.asgi": {"level": _at_least(settings.log_level, "uvicorn.asgi")},
                # Their lines would contain query strings. `src.api.context` writes ours.
                "uvicorn.access": {"handlers": [], "propagate": False},
                "gunicorn.access": {"handlers": [], "propagate": False},
                "src.core.queries": {"level": "DEBUG" if settings.database_echo else "INFO"},
                # At DEBUG it would log every value that it stores.
                "aiosqlite": {"level": "INFO"},
            },
        }
    )
