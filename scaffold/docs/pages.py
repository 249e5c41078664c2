"""Pages with generated tables. A table is found by its header row."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from scaffold.docs.tables import SETTINGS, TARGETS, rows_of_settings, rows_of_targets
from scaffold.errors import RefusedError
from src.capabilities import CAPABILITIES
from src.core.settings import Settings

BLANK = "scaffold/blank/README.md"
"""The README of a blank tree, until it is one."""


class Table(NamedTuple):
    path: str
    header: str
    rows: Sequence[str]


def write_tables(root: Path) -> list[str]:
    """Write each table anew and return the paths of the pages that changed."""
    changed = {
        p: text for p, text in pages(root).items() if text != (root / p).read_text(encoding="utf-8")
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
    targets = rows_of_targets((root / "Makefile").read_text(encoding="utf-8"))
    for readme in ("README.md", BLANK):
        if (root / readme).exists():
            yield Table(readme, TARGETS, targets)
    yield Table("docs/configuration.md", SETTINGS, rows_of_settings(Settings))
    for capability in CAPABILITIES:
        if rows := rows_of_settings(capability.settings, besides=Settings.model_fields):
            yield Table(f"docs/{capability.name}.md", SETTINGS, rows)


def _with_table(page: str, table: Table) -> str:
    """Raise ``RefusedError`` if the page has lost the header of its table."""
    divider = re.sub("[^|]+", " --- ", table.header)
    written = "".join(f"{line}\n" for line in (table.header, divider, *table.rows))
    pattern = rf"^{re.escape(table.header)}\n(\|.*\n)*"
    text, found = re.subn(pattern, lambda _: written, page, flags=re.MULTILINE)
    if not found:
        msg = f"{table.path}: put back the table that begins with {table.header}"
        raise RefusedError(msg)
    return text
