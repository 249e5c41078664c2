"""The images, built from the Dockerfiles of this tree and run by an engine."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest

from workshop.production.engine.docker import Docker

API, WORKER = "sqlmodel-service", "sqlmodel-service-worker"
PYTHON = "python:3.13-slim-trixie"
OWN_BYTES = 100_000_000
UP_SECONDS = 300
"""Far more than any machine needs: a busy one took over a minute."""
LIMITED = ["--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
# What anybody may write to, but for folders of the system that a read-only start covers.
WRITABLE = """
import os
for folder, _, names in os.walk("/"):
    if folder.split("/")[1] in {"proc", "sys", "dev", "tmp", "run"} or folder == "/var/tmp":
        continue
    for path in [folder, *(f"{folder}/{name}" for name in names)]:
        if not os.path.islink(path) and os.access(path, os.W_OK):
            print(path)
"""
SQLITE = ["--env=DATABASE_URL=sqlite:////tmp/service.db", "--env=FILES_URL=/tmp/files"]
MIGRATE_AND_SERVE = "python -m alembic upgrade head && exec python -m src.serve --alone"
STATUS = """
import sys, urllib.request, urllib.error
try:
    print(urllib.request.urlopen("http://127.0.0.1:8000" + sys.argv[1]).status)
except urllib.error.HTTPError as error:
    print(error.code)
"""


def own_bytes(docker: Docker, image: str) -> int:
    sizes = [int(docker.inspect("{{.Size}}", each)) for each in (image, PYTHON)]
    return sizes[0] - sizes[1]


@contextmanager
def serving(docker: Docker, *options: str) -> Iterator[str]:
    """Yield the name of a container that migrates a database of its own, and serves."""
    name = uuid4().hex
    command = ["sh", "-c", MIGRATE_AND_SERVE]
    docker("run", "--detach", f"--name={name}", *LIMITED, *SQLITE, *options, API, *command)
    try:
        yield name
    finally:
        docker("rm", "--force", name)


def status(docker: Docker, name: str, path: str) -> int:
    return int(docker("exec", name, "python", "-c", STATUS, path))


def until_healthy(docker: Docker, name: str) -> float:
    began = time.monotonic()
    while docker.inspect("{{.State.Health.Status}}", name) != "healthy":
        assert docker.inspect("{{.State.Running}}", name) == "true", docker("logs", name)
        assert time.monotonic() < began + UP_SECONDS, docker("logs", name)
        time.sleep(0.2)
    return time.monotonic() - began


def test_own_layers_are_small(docker: Docker) -> None:
    print("API", own_bytes(docker, API), "worker", own_bytes(docker, WORKER))
    assert own_bytes(docker, API) <= OWN_BYTES


@pytest.mark.parametrize("image", [API, WORKER])
def test_nothing_is_writable_and_nothing_installs(docker: Docker, image: str) -> None:
    run = ["run", "--rm", "--network=none", image]

    assert docker(*run, "id", "-u").strip() == "65532"
    assert docker(*run, "python", "-c", WRITABLE) == ""
    docker(*run, "python", "-m", "pip", status=1)
    found = docker(*run, "sh", "-c", "command -v pip gcc cc make || echo none")
    assert found.strip() == "none"


def test_service_is_healthy_within_little_memory(docker: Docker) -> None:
    with serving(docker, "--memory=256m") as name:
        seconds = until_healthy(docker, name)
        print(f"healthy after {seconds:.1f} s")

        assert status(docker, name, "/health/ready") == 200
        assert status(docker, name, "/api/v1/projects") == 401
        assert status(docker, name, "/docs") == 404


def test_limit_of_memory_holds(docker: Docker) -> None:
    eater = "bytearray(200_000_000).find(b'x')"
    options = ["run", "--rm", "--network=none", "--memory=64m", "--memory-swap=64m"]

    docker(*options, API, "python", "-c", eater, status=137)


def test_stop_of_a_ready_service_drains(docker: Docker) -> None:
    with serving(docker, "--env=DRAIN_SECONDS=3") as name:
        until_healthy(docker, name)
        docker("kill", "--signal=TERM", name)
        while status(docker, name, "/health/ready") != 503:
            time.sleep(0.1)
        assert status(docker, name, "/health") == 200
        assert docker("wait", name).strip() == "0"


@pytest.mark.parametrize("image", [API, WORKER])
def test_stop_right_after_the_start_is_obeyed(docker: Docker, image: str) -> None:
    name = uuid4().hex
    docker("run", "--detach", f"--name={name}", *SQLITE, image)
    try:
        began = time.monotonic()
        docker("stop", "--time=30", name)
        print(f"gone after {time.monotonic() - began:.1f} s")
        assert docker.inspect("{{.State.ExitCode}}", name) == "143"
    finally:
        docker("rm", "--force", name)
