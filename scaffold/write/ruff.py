"""Code as ruff sorts and formats it."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from ruff import find_ruff_bin  # type: ignore[import-untyped]  # it has none

from scaffold.errors import RefusedError

ROOT = Path(__file__).parents[2]
TIDY = ("check", "--fix", "--quiet", "--output-format", "concise", "--select", "I,F401")
# Ruff asks the disk, where the modules of a new feature are not yet.
OWN = ("--config", 'lint.isort.known-first-party=["src", "tests"]')


def formatted(files: Mapping[str, str]) -> dict[str, str]:
    return _through(("format",), files)


def tidied(files: Mapping[str, str], *options: str) -> dict[str, str]:
    """Drop the imports that a file does not use, sort the others, and format it."""
    return formatted(_through((*TIDY, *OWN, *options), files))


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
    answers = {path: started[path].communicate(text.encode()) for path, text in files.items()}
    for path, (out, errors) in answers.items():
        if started[path].returncode:
            raise RefusedError(f"{path}: {(errors or out).decode().strip()}")
    return {path: out.decode() for path, (out, _) in answers.items()}
