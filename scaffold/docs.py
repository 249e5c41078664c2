"""The tables of settings and make targets, written from the code into the pages that have them."""

import re
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from scaffold.errors import RefusedError
from src.capabilities import CAPABILITIES
from src.core.settings import Settings

BLANK = "scaffold/blank/README.md"
"""The README of a blank tree, until it is one."""
SETTINGS = "| variable | default | meaning |"
TARGETS = "| target | what it does |"
TARGET = re.compile(r"^([a-z-]+):.*?## (.+)$", re.MULTILINE)


class Table(NamedTuple):
    path: str
    header: str
    """The header row, which marks the table in its page."""
    rows: Sequence[str]


def write_tables(root: Path) -> list[str]:
    """Write each table anew and return the paths of the pages that changed."""
    changed = {
        path: text
        for path, text in pages(root).items()
        if text != (root / path).read_text(encoding="utf-8")
    }
    for path, text in changed.items():
        (root / path).write_text(text, encoding="utf-8")
    return [*changed]


def pages(root: Path) -> dict[str, str]:
    """Return the text that each page with a generated table should have."""
    tables = [each for each in _tables(root) if (root / each.path).exists()]
    return {
        each.path: _with_table((root / each.path).read_text(encoding="utf-8"), each)
        for each in tables
    }


def _tables(root: Path) -> Iterator[Table]:
    targets = TARGET.findall((root / "Makefile").read_text(encoding="utf-8"))
    for readme in ("README.md", BLANK):
        yield Table(readme, TARGETS, [f"| `make {name}` | {text} |" for name, text in targets])
    yield Table("docs/configuration.md", SETTINGS, rows_of_settings(Settings))
    for capability in CAPABILITIES:
        if rows := rows_of_settings(capability.settings, besides=Settings.model_fields):
            yield Table(f"docs/{capability.name}.md", SETTINGS, rows)


def _with_table(page: str, table: Table) -> str:
    """Raise `RefusedError` if the page has lost the header of its table."""
    divider = re.sub("[^|]+", " --- ", table.header)
    written = "".join(f"{line}\n" for line in (table.header, divider, *table.rows))
    pattern = rf"^{re.escape(table.header)}\n(\|.*\n)*"
    text, found = re.subn(pattern, lambda _: written, page, flags=re.MULTILINE)
    if not found:
        raise RefusedError(f"{table.path}: put back the table that begins with {table.header}")
    return text


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
