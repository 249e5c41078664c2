"""The composition of ``ops/local``, brought up by an engine as its makefile does it."""

import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from shutil import rmtree

import httpx
import pytest

from workshop.generator.trees import copy_tree
from workshop.production.engine.docker import Docker

SERVICE = httpx.Client(base_url="http://127.0.0.1:8000", trust_env=False)
EVERYTHING = ("", ".worker", ".files", ".files-of-worker")
PSQL = ["psql", "--username=service", "--tuples-only", "--no-align", "service", "--command"]
WORKERS = "SELECT count(*) FROM procrastinate_workers"
EMAIL, PASSWORD = "ada@example.com", "correct horse battery staple"
SECONDS = 120


@pytest.fixture
def folder(docker: Docker) -> Iterator[Path]:
    """A copy of the tree's composition, which is down before and after."""
    tree = copy_tree(docker.folder / "tree")
    folder = tree / "ops/local"
    docker.make(folder, ".env")
    try:
        yield folder
    finally:
        print(composed(docker, folder, "logs"))
        composed(docker, folder, "down", "--volumes")
        rmtree(tree)


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.2)


def is_ready() -> bool:
    try:
        return SERVICE.get("/health/ready").status_code == HTTPStatus.OK
    except httpx.TransportError:
        return False


def composed(
    docker: Docker,
    folder: Path,
    *command: str,
    given: str = "",
) -> str:
    files = [f"--file={folder}/compose{each}.yml" for each in EVERYTHING]
    return docker.compose(folder, *files, *command, given=given)


def log_in(docker: Docker, folder: Path) -> dict[str, str]:
    """Make a user as the makefile says, and return the headers of theirs."""
    command = ["python", "-m", "src.commands", "create-admin", "--email", EMAIL, "--name", "Ada"]
    composed(docker, folder, "exec", "-T", "api", *command, given=PASSWORD)
    credentials = {"username": EMAIL, "password": PASSWORD}
    answer = SERVICE.post("/api/v1/login", data=credentials)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_row_and_file_survive_down_and_up(docker: Docker, folder: Path) -> None:
    print(docker.make(folder, "up"))
    until(is_ready)
    headers = log_in(docker, folder)
    project = SERVICE.post("/api/v1/projects", json={"name": "first"}, headers=headers)
    form = {"file": ("a.csv", b"a\n1\n", "text/csv")}
    file = SERVICE.post("/api/v1/uploads", files=form, headers=headers)
    assert (project.status_code, file.status_code) == (201, 201)

    docker.make(folder, "down")
    docker.make(folder, "up")
    until(is_ready)

    found = SERVICE.get(project.headers["location"], headers=headers)
    content = SERVICE.get(f"{file.headers['location']}/content", headers=headers)
    assert (found.json(), content.content) == (project.json(), b"a\n1\n")


def test_worker_runs_beside_the_service(docker: Docker, folder: Path) -> None:
    docker.make(folder, "up")

    def works() -> bool:
        return int(composed(docker, folder, "exec", "-T", "postgres", *PSQL, WORKERS)) > 0

    until(works)
    assert "ERROR" not in composed(docker, folder, "logs", "worker", "api")


def test_change_of_the_source_is_loaded_in_development(docker: Docker, folder: Path) -> None:
    print(docker.make(folder, "develop"))
    until(is_ready)
    assert SERVICE.get("/docs").status_code == HTTPStatus.OK

    main = folder.parents[1] / "src/main.py"
    main.write_text(main.read_text(encoding="utf-8") + "\n", encoding="utf-8")

    until(lambda: "Reloading" in composed(docker, folder, "logs", "api"))
    until(is_ready)
