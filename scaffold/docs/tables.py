"""Rows of Markdown tables: the settings of a class, the targets of a Makefile."""

import re
from collections.abc import Container

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from src.core.settings import Settings

SETTINGS = "| variable | default | meaning |"
TARGETS = "| target | what it does |"
_TARGET = re.compile(r"^([a-z-]+):.*?## (.+)$", re.MULTILINE)


def rows_of_settings(settings: type[Settings], besides: Container[str] = ()) -> list[str]:
    """Return a row per field, ``besides`` those with these names."""
    fields = settings.model_fields.items()
    return [_row_of_setting(name, field) for name, field in fields if name not in besides]


def _row_of_setting(name: str, field: FieldInfo) -> str:
    meaning = " ".join((field.description or "").split())
    return f"| `{name.upper()}` | {_shown(field.default)} | {meaning} |"


def _shown(default: object) -> str:
    """Write a default as in the environment."""
    if default is PydanticUndefined:
        return "required"
    if default is None or default == ():
        return "none"
    if isinstance(default, bool):
        return f"`{default}`".lower()
    return f"`{','.join(default) if isinstance(default, tuple) else default}`"


def rows_of_targets(makefile: str) -> list[str]:
    """Return a row per target that has a ``##`` comment."""
    return [f"| `make {target}` | {text} |" for target, text in _TARGET.findall(makefile)]
