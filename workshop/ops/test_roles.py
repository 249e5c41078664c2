"""The roles of ops/postgres/roles.sql: the service works as one that owns nothing."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL
from sqlalchemy.exc import ProgrammingError

from tests.api import THINGS
from tests.databases import build
from workshop.ops.programs import plant
from workshop.rigs.clients import run_sql
from workshop.rigs.postgres import programs, restartable_server
from workshop.rigs.service import served

ROLES = Path("ops/postgres/roles.sql")
NAMES = {"owner": "service_owner", "service": "service_app", "reader": "service_reader"}


@pytest.fixture
def server() -> Iterator[URL]:
    with restartable_server() as cluster:
        yield cluster.url


def apply(script: Path, url: URL) -> None:
    names = [word for role, name in NAMES.items() for word in ("--set", f"{role}={name}")]
    address = url.set(drivername="postgresql").render_as_string()
    command = [f"{programs()}/psql", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", *names]
    subprocess.run([*command, "--file", script, address], check=True, capture_output=True)


def as_role(url: URL, role: str) -> URL:
    return url.set(username=NAMES[role])


def is_refused(url: URL, statement: str) -> bool:
    try:
        run_sql(url, statement)
    except ProgrammingError as error:
        return any(words in str(error) for words in ("permission denied", "must be owner"))
    return False


FORBIDDEN = [
    "DROP TABLE projects",
    "ALTER TABLE projects ADD COLUMN more text",
    "TRUNCATE projects",
    "CREATE TABLE mine (id int)",
    "CREATE INDEX ON projects (name)",
    "DROP SCHEMA public CASCADE",
    "ALTER TABLE projects DISABLE TRIGGER ALL",
]


async def test_service_works_as_a_role_that_owns_nothing(server: URL, tmp_path: Path) -> None:
    apply(ROLES, server)
    build(as_role(server, "owner"))

    async with served(as_role(server, "service"), tmp_path, worker=False) as service:
        made = await service.client.post(THINGS, json={"name": "Apollo"})
        path = f"{THINGS}/{made.json()['id']}"
        changed = await service.client.patch(path, json={"name": "Artemis"})
        listed = await service.client.get(THINGS)
        deleted = await service.client.delete(path)

    codes = [each.status_code for each in (made, changed, listed, deleted)]
    assert codes == [201, 200, 200, 204]
    app, reader = as_role(server, "service"), as_role(server, "reader")
    assert [each for each in FORBIDDEN if not is_refused(app, each)] == []
    assert run_sql(reader, "SELECT count(*) FROM projects")[0][0] == 0
    # Beyond its setting, which it may change.
    assert is_refused(reader, "BEGIN READ WRITE; DELETE FROM projects")


def test_roles_that_may_too_much_or_too_little_are_found(server: URL, tmp_path: Path) -> None:
    script = tmp_path / "roles.sql"
    script.write_text(ROLES.read_text(encoding="utf-8"), encoding="utf-8")
    plant(script, "GRANT USAGE ON SCHEMA public TO", "GRANT USAGE, CREATE ON SCHEMA public TO")
    plant(script, "INSERT, UPDATE, DELETE ON TABLES", "INSERT, UPDATE ON TABLES")
    apply(script, server)
    build(as_role(server, "owner"))
    app = as_role(server, "service")

    assert [each for each in FORBIDDEN if not is_refused(app, each)] == [
        "CREATE TABLE mine (id int)"
    ]
    assert is_refused(app, "DELETE FROM projects")
