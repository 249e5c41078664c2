"""What the engine needs from outside, fetched once: in its namespaces there is no network."""

import ensurepip
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from workshop.rigs.debian import program, unpacked

CACHE = Path(".venv-ops/engine").resolve()
BASE, WHEELS, PIP = CACHE / "trixie.tar", CACHE / "wheels", CACHE / "pip"
MEMORY = CACHE / "memory"
"""Where the engine keeps its data: in memory, so that nothing is left to delete."""
SUITE = "trixie"
INCLUDED = "ca-certificates,python3,python3-venv,postgresql"
ENGINE = ("docker.io", "containerd", "runc", "tini")
LOCKS = ("requirements.txt", "requirements-worker.txt")
SECONDS = 900


def prepare() -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    for package in ENGINE:
        unpacked(package)
    unpacked("docker-compose", SUITE)
    program("iptables", "iptables")
    MEMORY.mkdir(exist_ok=True)
    _make_base()
    _unpack_pip()
    _fetch_wheels()


def path_of_programs() -> str:
    """Return where the engine finds its programs, and the system's."""
    folders = [
        f"{unpacked(package).absolute()}/usr/{bin_}"
        for package in ENGINE
        for bin_ in ("bin", "sbin")
    ]
    return ":".join([*folders, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"])


def compose() -> str:
    return f"{unpacked('docker-compose', SUITE).absolute()}/usr/libexec/docker/cli-plugins/docker-compose"


def _make_base() -> None:
    """Make Debian's stand-in for the images of Python and PostgreSQL, from its own packages."""
    if BASE.exists():
        return
    part = BASE.with_suffix(".part.tar")
    options = ["--variant=minbase", f"--include={INCLUDED}"]
    _run(program("mmdebstrap", "mmdebstrap"), *options, SUITE, str(part))
    part.rename(BASE)


def _fetch_wheels() -> None:
    """Fetch what the locks name; new locks have other packages, which are added."""
    WHEELS.mkdir(exist_ok=True)
    known = "".join(Path(each).read_text(encoding="utf-8") for each in LOCKS)
    note = CACHE / "wheels.txt"
    if note.exists() and note.read_text(encoding="utf-8") == known:
        return
    for lock in LOCKS:
        options = ["--quiet", "--require-hashes", "--no-deps", "--only-binary=:all:"]
        command = ["download", *options, "--dest", str(WHEELS), "--requirement", lock]
        _run(sys.executable, str(PIP / "pip"), *command)
    note.write_text(known, encoding="utf-8")


def _unpack_pip() -> None:
    """Unpack the pip that Python brings along, for the stand-in of its image."""
    if PIP.exists():
        return
    (wheel,) = (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
    with ZipFile(wheel) as archive:
        archive.extractall(PIP)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, timeout=SECONDS)
