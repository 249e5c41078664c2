"""The engine, and images that stand in for those of a registry."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from workshop.production.engine.prepare import BASE, MEMORY, PIP, WHEELS, compose, path_of_programs

START_SECONDS = 60
SECONDS = 900
STAND_INS = Path("workshop/production/engine/stand_ins")


@dataclass
class Docker:
    folder: Path
    """Has the engine's data, and its socket."""

    def __call__(self, *arguments: str, status: int = 0) -> str:
        """Run a command, and return what it prints."""
        return self._run("docker", *arguments, status=status)

    def compose(self, folder: Path, *arguments: str, given: str = "") -> str:
        directory = f"--project-directory={folder}"
        return self._run(compose(), directory, *arguments, given=given)

    def make(self, folder: Path, target: str) -> str:
        return self._run("make", f"--directory={folder}", f"COMPOSE={compose()}", target)

    def build(self, file: str, tag: str, context: str | Path = ".", **arguments: str) -> None:
        given = [f"--build-arg={name.upper()}={value}" for name, value in arguments.items()]
        options = ["--quiet", f"--file={file}", f"--tag={tag}", *given]
        self("build", *options, str(context))

    def inspect(self, template: str, name: str) -> str:
        return self("inspect", "--format", template, name).strip()

    def is_up(self) -> bool:
        command = ["docker", "info"]
        asked = subprocess.run(command, env=self._environment, capture_output=True, check=False)
        return asked.returncode == 0

    @property
    def _environment(self) -> dict[str, str]:
        own = {"DOCKER_HOST": f"unix://{self.folder}/socket", "DOCKER_BUILDKIT": "1"}
        return os.environ | own | {"PATH": path_of_programs(), "HOME": str(self.folder)}

    def _run(self, *command: str, status: int = 0, given: str = "") -> str:
        done = subprocess.run(
            command,
            input=given,
            env=self._environment,
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == status, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
        return done.stdout

    @contextmanager
    def running(self) -> Iterator[None]:
        options = {
            "host": f"unix://{self.folder}/socket",
            "data-root": f"{self.folder}/data",
            "exec-root": f"{self.folder}/exec",
            "pidfile": f"{self.folder}/pid",
            "bip": "10.199.0.1/24",
            "storage-driver": "overlay2",
        }
        command = ["dockerd", *(f"--{name}={value}" for name, value in options.items())]
        with (self.folder / "log").open("w", encoding="utf-8") as log:
            process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)
        try:
            self._wait(process)
            yield
        finally:
            process.terminate()
            process.wait(START_SECONDS)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        ends = time.monotonic() + START_SECONDS
        while not self.is_up():
            log = (self.folder / "log").read_text(encoding="utf-8")
            assert process.poll() is None, log
            assert time.monotonic() < ends, log
            time.sleep(0.2)


@contextmanager
def engine() -> Iterator[Docker]:
    """Yield an engine with stand-ins for the images that ours begin with."""
    with TemporaryDirectory(dir=MEMORY) as name:
        docker = Docker(Path(name))
        with docker.running():
            _add_stand_ins(docker)
            yield docker


def _add_stand_ins(docker: Docker) -> None:
    docker("import", str(BASE), "debian:trixie-slim")
    context = docker.folder / "stand-ins"
    copytree(STAND_INS, context)
    copytree(WHEELS, context / "wheels")
    copytree(PIP, context / "pip")
    docker.build(str(context / "python.Dockerfile"), "python:3.13-slim-trixie", context)
    docker.build(str(context / "postgres.Dockerfile"), "postgres:17", context)
