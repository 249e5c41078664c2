"""A backup of a database with files, restored into a new server: everything is there again."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from httpx import AsyncClient
from sqlalchemy import URL

from workshop.rigs.clients import run_sql
from workshop.rigs.postgres import Cluster, programs, restartable_server
from workshop.rigs.service import served

ROWS = int(os.environ.get("BACKUP_ROWS", "10000"))
"""Points of a curve; twelve million of them are about a gigabyte."""
FILL = f"""
    INSERT INTO ml_metrics (experiment_id, key, step, value, recorded_at)
    SELECT id, 'loss', step, random(), now()
    FROM experiments, generate_series(1, {ROWS}) AS step
"""  # noqa: S608
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
EMAIL, PASSWORD = "ada@example.com", "correct horse battery staple"
SERVICE = "src.main:start"
CONTENT = b"a,b\n1,2\n"


@pytest.fixture
def original(postgres: URL | None) -> Iterator[Cluster]:
    if postgres is None:
        pytest.skip("A file of SQLite is copied: docs/deployment.md.")
    with restartable_server() as server:
        # Without the tables of the suite, of which Alembic knows nothing.
        run(server.url, Path(), sys.executable, "-m", "alembic", "upgrade", "head")
        yield server


@pytest.fixture
def empty(original: Cluster) -> Iterator[Cluster]:
    with restartable_server() as server:
        yield server


def run(url: URL, files: Path, *command: str, status: int = 0, given: str = "") -> str:
    own = {
        "DATABASE_URL": url.render_as_string(hide_password=False),
        "FILES_URL": str(files),
        "ENVIRONMENT": "development",
        "PATH": f"{programs()}:{os.environ['PATH']}",
    }
    done = subprocess.run(
        command,
        env=os.environ | own,
        input=given,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


async def log_in(client: AsyncClient) -> None:
    credentials = {"username": EMAIL, "password": PASSWORD}
    answer = await client.post("/api/v1/login", data=credentials)
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


async def fill(url: URL, folder: Path) -> str:
    """Store something of everything, and return the path of a file."""
    command = ["src.commands", "create-admin", "--email", EMAIL, "--name", "Ada"]
    run(url, folder / "files", sys.executable, "-m", *command, given=PASSWORD)
    async with served(url, folder, app=SERVICE, token_required=True) as service:
        await log_in(service.client)
        ask = service.client.post
        project = (await ask("/api/v1/projects", json={"name": "first"})).json()
        run_of_it = {"project_id": project["id"], "name": "run"}
        assert (await ask("/api/v1/experiments", json=run_of_it)).status_code == 201
        form = {"file": ("a.csv", CONTENT, "text/csv")}
        location = (await ask("/api/v1/uploads", files=form)).headers["location"]
    run_sql(url, FILL)
    return str(httpx.URL(location).path)


def counts(url: URL) -> dict[str, int]:
    tables = [str(name) for (name,) in run_sql(url, TABLES)]
    return {each: run_sql(url, f'SELECT count(*) FROM "{each}"')[0][0] for each in tables}  # noqa: S608


async def test_everything_is_there_after_a_restore(
    original: Cluster, empty: Cluster, tmp_path: Path
) -> None:
    file = await fill(original.url, tmp_path)
    backup, files = tmp_path / "backup", tmp_path / "restored"
    began = time.monotonic()

    run(original.url, tmp_path / "files", "ops/backup/backup", str(backup))
    taken = time.monotonic()
    run(empty.url, files, "ops/backup/restore", str(backup))

    print(f"backup {taken - began:.1f} s, restore {time.monotonic() - taken:.1f} s")
    assert counts(empty.url) == counts(original.url)
    assert counts(empty.url)["ml_metrics"] == ROWS
    run(empty.url, files, sys.executable, "-m", "alembic", "check")
    async with served(
        empty.url, tmp_path, app=SERVICE, token_required=True, files_url=files
    ) as service:
        await log_in(service.client)
        assert (await service.client.get(f"{file}/content")).content == CONTENT


async def test_only_an_empty_database_is_restored_into(original: Cluster, tmp_path: Path) -> None:
    backup, files = tmp_path / "backup", tmp_path / "files"
    files.mkdir()
    run(original.url, files, "ops/backup/backup", str(backup))

    said = run(original.url, files, "ops/backup/restore", str(backup), status=1)

    assert "restore into an empty one" in said


async def test_broken_dump_restores_nothing(
    original: Cluster, empty: Cluster, tmp_path: Path
) -> None:
    backup, files = tmp_path / "backup", tmp_path / "files"
    files.mkdir()
    dump = Path(run(original.url, files, "ops/backup/backup", str(backup)).strip())
    dump.write_bytes(dump.read_bytes()[: dump.stat().st_size * 2 // 3])

    run(empty.url, files, "ops/backup/restore", str(backup), status=1)

    assert run_sql(empty.url, TABLES) == []


def test_backup_that_fails_leaves_nothing(original: Cluster, tmp_path: Path) -> None:
    run_sql(original.url, "CREATE ROLE nobody LOGIN")  # may read no table
    backup, files = tmp_path / "backup", tmp_path / "files"
    files.mkdir()

    run(original.url.set(username="nobody"), files, "ops/backup/backup", str(backup), status=1)

    assert [*(backup / "database").iterdir()] == []


def test_few_dumps_are_kept(original: Cluster, tmp_path: Path) -> None:
    backup = tmp_path / "back up"
    files, database = tmp_path / "files", backup / "database"
    files.mkdir()
    database.mkdir(parents=True)
    for day in range(10, 30):
        (database / f"202501{day}T021700Z.dump").touch()

    run(original.url, files, "ops/backup/backup", str(backup))

    names = sorted(each.name for each in database.iterdir())
    assert len(names) == 14
    assert names[0] == "20250117T021700Z.dump"
