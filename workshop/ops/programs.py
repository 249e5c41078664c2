"""Programs that read the files of operations as the real thing would."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from workshop.rigs.debian import unpacked

BIN = Path(".venv-ops/bin").absolute()
SECONDS = 240


def debian(package: str, program: str, suite: str = "") -> str:
    return f"{unpacked(package, suite).absolute()}/usr/bin/{program}"


def promtool() -> str:
    return debian("prometheus", "promtool")


def amtool() -> str:
    return debian("prometheus-alertmanager", "amtool")


def kustomize() -> str:
    # Debian 12 has none.
    return debian("kustomize", "kustomize", "trixie")


class Done:
    """What a program has said, and whether it is content."""

    def __init__(self, *command: object, folder: Path = Path(), **variables: str) -> None:
        done = subprocess.run(
            [*map(str, command)],
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "HOME": "/tmp", **variables},  # noqa: S108
            capture_output=True,
            check=False,
            encoding="utf-8",
            timeout=SECONDS,
        )
        self.is_content = done.returncode == 0
        self.output, self.errors = done.stdout, done.stderr

    def __str__(self) -> str:
        return self.output + self.errors

    __repr__ = __str__


@contextmanager
def copy_of(*folders: str) -> Iterator[Path]:
    """Yield a copy of these folders of the tree, for faults to be planted in."""
    with TemporaryDirectory(prefix="ops-") as name:
        for each in folders:
            copytree(each, Path(name) / each)
        yield Path(name)


def plant(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{path} has no {old}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
