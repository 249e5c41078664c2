"""Code as ruff sorts and formats it."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from ruff import find_ruff_bin  # type: ignore[import-untyped]  # it has none

from scaffold.errors import RefusedError

ROOT = Path(__file__).parents[2]
TIDY = ("check", "--fix", "--quiet", "--select", "I,F401")


def formatted(files: Mapping[str, str]) -> dict[str, str]:
    return _through(("format",), files)


def tidied(files: Mapping[str, str], *options: str) -> dict[str, str]:
    """Drop the imports that a file does not use, sort the others, and format it."""
    return formatted(_through((*TIDY, *options), files))


def _through(command: tuple[str, ...], files: Mapping[str, str]) -> dict[str, str]:
    """Give ruff all files side by side. Line ends stay as they are."""
    started = {
        path: subprocess.Popen(  # noqa: S603
            [find_ruff_bin(), *command, "--stdin-filename", path, "-"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for path in files
    }
    return {path: _answer(path, started[path], text) for path, text in files.items()}


def _answer(path: str, ruff: subprocess.Popen[bytes], text: str) -> str:
    out, errors = ruff.communicate(text.encode())
    if ruff.returncode:
        raise RefusedError(f"{path}: {(errors or out).decode().strip()}")
    return out.decode()
