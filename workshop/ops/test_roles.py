"""The roles of ops/postgres: the service and its workers work as one that owns nothing."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # the library lacks the types
from sqlalchemy import URL
from sqlalchemy.exc import ProgrammingError

from src.core.database import Database
from tests.apps import make_settings
from tests.databases import build
from workshop.jobs.kinds import NOTHING, Nothing
from workshop.jobs.rig import Rig as Jobs
from workshop.ops.programs import plant
from workshop.rigs.clients import run_sql
from workshop.rigs.postgres import programs, restartable_server
from workshop.rigs.run import SETTINGS, Rig, run_mixed
from workshop.rigs.service import served

ROLES, CLUSTER = Path("ops/postgres/roles.sql"), Path("ops/postgres/cluster.yaml")
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


def apply_cluster(url: URL) -> None:
    """Do as the operator, which has made the owner and the database before."""
    documents = yaml.safe_load_all(CLUSTER.read_text(encoding="utf-8"))
    (spec,) = (each["spec"] for each in documents if each["kind"] == "Cluster")
    given = spec["bootstrap"]["initdb"]
    for statement in (f"CREATE ROLE {given['owner']} LOGIN", *given["postInitApplicationSQL"]):
        run_sql(url, statement.replace(f"DATABASE {given['database']} ", "DATABASE postgres "))


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


@pytest.mark.parametrize("apply_roles", [lambda url: apply(ROLES, url), apply_cluster])
async def test_service_works_as_a_role_that_owns_nothing(
    server: URL, tmp_path: Path, apply_roles: Callable[[URL], None]
) -> None:
    apply_roles(server)
    build(as_role(server, "owner"))
    app, reader = as_role(server, "service"), as_role(server, "reader")

    async with served(app, tmp_path, worker=False, **SETTINGS) as service:
        ledger = await run_mixed(Rig(service.client, server, tmp_path / "log", rounds=2))
        database = Database(make_settings(app))
        jobs = Jobs(app, tmp_path, database)
        ((owner_id,),) = run_sql(server, "SELECT id FROM users")
        await jobs.add(NOTHING, Nothing(), owner_id)
        worker = await jobs.work()
        await jobs.until("status = 'succeeded'", 1, 60)
        await jobs.kill(worker)
        await database.dispose()

    assert not ledger.wrong
    assert [each for each in FORBIDDEN if not is_refused(app, each)] == []
    assert run_sql(reader, "SELECT count(*) FROM projects")[0][0] == 1
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
