"""Run the suite on each supported Python, at the lowest and at the newest direct dependencies.

Each combination has a virtual environment of its own, ``.venv-versions/3.12-lowest-direct``, made
anew. Pythons are those of this machine; none is downloaded, and one that is absent is left out.
"""

import argparse
import os
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

PYTHONS = ("3.12", "3.13", "3.14")
RESOLUTIONS = ("lowest-direct", "highest")
FOLDER = Path(".venv-versions")
UV = [sys.executable, "-m", "uv"]


def found(python: str) -> str | None:
    """Return the path of an interpreter; pyenv's commands need the variable."""
    command = [f"python{python}", "-c", "import sys; print(sys.executable)"]
    try:
        answer = subprocess.run(
            command,
            env=os.environ | {"PYENV_VERSION": python},
            capture_output=True,
            check=True,
            encoding="utf-8",
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()


def install(interpreter: str, venv: Path, resolution: str) -> None:
    """Install the direct dependencies of pyproject.toml, extras and the group ``dev`` included."""
    subprocess.run([*UV, "venv", "--quiet", "--clear", "--python", interpreter, venv], check=True)
    into = ["--quiet", "--python", f"{venv}/bin/python", "--resolution", resolution]
    groups = ["--requirements", "pyproject.toml", "--all-extras", "--group", "dev"]
    subprocess.run([*UV, "pip", "install", *into, *groups], check=True)


def passes(venv: Path, arguments: list[str]) -> bool:
    started = time.monotonic()
    options = ["-q", "--numprocesses", "auto", "--dist", "worksteal", *arguments]
    finished = subprocess.run([venv / "bin/python", "-m", "pytest", *options], check=False)
    print(
        f"{venv.name}: {time.monotonic() - started:.0f} s, exit {finished.returncode}", flush=True
    )
    return finished.returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m workshop.versions", description=__doc__)
    parser.add_argument("--python", nargs="+", default=PYTHONS)
    parser.add_argument("--resolution", nargs="+", default=RESOLUTIONS, choices=RESOLUTIONS)
    asked, arguments = parser.parse_known_args()
    interpreters = {python: found(python) for python in asked.python}
    for python in (each for each, path in interpreters.items() if path is None):
        print(f"{python}: not on this machine, left out", flush=True)
    failed = []
    for (python, interpreter), resolution in product(interpreters.items(), asked.resolution):
        if interpreter is None:
            continue
        venv = FOLDER / f"{python}-{resolution}"
        install(interpreter, venv, resolution)
        if not passes(venv, arguments):
            failed.append(venv.name)
    sys.exit(f"The suite fails with {', '.join(failed)}." if failed else None)


main()
