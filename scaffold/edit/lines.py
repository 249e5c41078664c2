"""Whole lines of shared files, taken out."""

import re
from collections.abc import Iterable

from scaffold.errors import RefusedError


def without_lines(path: str, text: str, lines: Iterable[str]) -> str:
    for line in lines:
        text = _without(path, text, rf"{re.escape(line)}", line)
    return text


def without_packages(path: str, text: str, packages: Iterable[str]) -> str:
    """Drop the requirements of these names, such as `"uvicorn[standard]>=0.54",`."""
    for name in packages:
        text = _without(path, text, rf'\s*"{re.escape(name)}\b(?!-)[^"]*",', f'    "{name}...",')
    return text


def _without(path: str, text: str, pattern: str, shown: str) -> str:
    line = re.compile(rf"^{pattern}\r?\n", re.MULTILINE)
    if (count := len(line.findall(text))) != 1:
        raise RefusedError(f"{path}: this line stands there {count} times, and not once:\n{shown}")
    return line.sub("", text)
