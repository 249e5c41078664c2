"""Code as ruff sorts and formats it."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from ruff import find_ruff_bin  # type: ignore[import-untyped]  # it has none

from scaffold.errors import RefusedError

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
TIDY = ("check", "--fix", "--quiet", "--output-format", "concise", "--select", "I,F401,UP034")
# Ruff asks the disk, where the modules of a new feature are not yet.
OWN = ("--config", 'lint.isort.known-first-party=["src", "tests"]')


def formatted(files: Mapping[str, str]) -> dict[str, str]:
    return _through([("format",)], files)


def tidied(files: Mapping[str, str], *options: str) -> dict[str, str]:
    """Drop the imports that a file does not use, sort the others, and format it."""
    return _through([(*TIDY, *OWN, *options), ("format",)], files)


def _through(commands: list[tuple[str, ...]], files: Mapping[str, str]) -> dict[str, str]:
    """Give ruff all files at once. Line ends stay as they are."""
    if not files:
        return {}
    with TemporaryDirectory() as folder:
        for path, text in files.items():
            Path(folder, path).parent.mkdir(parents=True, exist_ok=True)
            Path(folder, path).write_bytes(text.encode())
        for command in commands:
            _run(folder, command)
        return {path: Path(folder, path).read_bytes().decode() for path in files}


def _run(folder: str, command: tuple[str, ...]) -> None:
    options = ("--no-cache", "--config", PROJECT)
    ruff = subprocess.run(  # noqa: S603
        [find_ruff_bin(), *command, *options, "."], cwd=folder, capture_output=True, check=False
    )
    if ruff.returncode:
        raise RefusedError((ruff.stderr or ruff.stdout).decode().strip())
