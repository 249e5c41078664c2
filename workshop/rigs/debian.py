"""Components from Debian, installed where they are missing."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INSTALL_SECONDS = 300
POLICY = Path("/usr/sbin/policy-rc.d")
"""Asked by Debian's packages before they start the service that they bring."""
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


def _run(*command: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=INSTALL_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
