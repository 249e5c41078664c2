"""Components from Debian, installed where they are missing, or only unpacked."""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

INSTALL_SECONDS = 300
POLICY = Path("/usr/sbin/policy-rc.d")
"""Asked by Debian's packages before they start the service that they bring."""
UNPACKED = Path(".venv-ops/debian")
# An installation that runs elsewhere holds the lock for a while.
APT_GET = ("apt-get", "--option", "DPkg::Lock::Timeout=120", "--yes")


def program(name: str, package: str) -> str:
    """Return the path of a program; install its package if it is missing."""
    path = f"/usr/sbin:{os.environ['PATH']}"
    if found := shutil.which(name, path=path):
        return found
    if os.geteuid() != 0:
        msg = f"{name} is missing: apt-get install {package}"
        raise RuntimeError(msg)
    with _no_service_starts():
        _run(*APT_GET, "update")
        _run(*APT_GET, "install", "--no-install-recommends", package)
    found = shutil.which(name, path=path)
    assert found, f"Debian's {package} has no {name}"
    return found


@contextmanager
def _no_service_starts() -> Iterator[None]:
    """Keep Debian from starting what it installs: it would take the port that users know."""
    if POLICY.exists():  # the machine has a policy of its own
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def _run(*command: str, folder: Path | None = None) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=INSTALL_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"


@cache
def unpacked(package: str, suite: str = "", *needs: str) -> Path:
    """Return a folder with the files of a package that is not installed, perhaps of a later suite.

    Its programs run where they lie; what they need besides the C library is there if it is named.
    """
    folder = UNPACKED / (f"{package}-{suite}" if suite else package)
    if not folder.exists():
        with TemporaryDirectory(prefix="debian-") as name, TemporaryDirectory() as files:
            options = _options_of(suite, Path(name)) if suite else []
            _run(*APT_GET, *options, "update")
            _run(*APT_GET, *options, "download", package, *needs, folder=Path(name))
            for archive in Path(name).glob("*.deb"):
                _run("dpkg-deb", "--extract", f"{archive}", files)
            shutil.copytree(files, folder, symlinks=True)
    return folder


def _options_of(suite: str, folder: Path) -> list[str]:
    """Let apt know a later suite for one call, from the places that the machine's own comes from."""
    own = platform.freedesktop_os_release()["VERSION_CODENAME"]
    sources = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    for path in (each for each in sources if each.is_file()):
        text = path.read_text(encoding="utf-8").replace(own, suite)
        (folder / path.name).write_text(text, encoding="utf-8")
    for part in ("lists/partial", "archives/partial"):
        (folder / part).mkdir(parents=True)
    own_places = {
        "Dir::Etc::SourceList": "/dev/null",
        "Dir::Etc::SourceParts": folder,
        "Dir::State::Lists": folder / "lists",
        "Dir::Cache": folder,
    }
    return [f"--option={name}={value}" for name, value in own_places.items()]
