"""Whole lines of shared files, taken out."""

import re
from collections.abc import Iterable

from scaffold.errors import RefusedError


def without_lines(path: str, text: str, lines: Iterable[str]) -> str:
    for line in lines:
        # The last item of a list, which ruff writes behind the bracket.
        alone = rf"(?<=\(){re.escape(line.strip())}(?=\)$)"
        text = _without(path, text, rf"^{re.escape(line)}\r?\n|{alone}", line)
    # Of a paragraph that is gone, one of the empty lines around it stays; Python is formatted.
    return text if path.endswith(".py") else re.sub(r"(\r?\n\r?\n)(\r?\n)+", r"\1", text)


def without_packages(path: str, text: str, packages: Iterable[str]) -> str:
    """Drop the requirements of these names, such as `"uvicorn[standard]>=0.54",`."""
    for name in packages:
        text = _without(
            path, text, rf'^\s*"{re.escape(name)}\b(?!-)[^"]*",\r?\n', f'    "{name}...",'
        )
    return text


def _without(path: str, text: str, pattern: str, shown: str) -> str:
    text, count = re.subn(pattern, "", text, flags=re.MULTILINE)
    if count != 1:
        raise RefusedError(f"{path}: this line stands there {count} times, and not once:\n{shown}")
    return text
