"""Rows of the example from before its words changed, and after."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, MetaData, NullPool, column, create_engine, table

from src.core.ids import uuid7
from src.models.document_bodies import ProjectConfig

CONFIG = Config("alembic.ini")
BEFORE = "5f0c27d19ae4"
SETTINGS = {"seed": 1, "nested": {"a": [None, "ä", 0.1]}}
QUANTITIES = [
    ("500m", 500, "2Gi", 2048),
    ("2", 2000, "512Mi", 512),
    ("1.5", 1500, "1e9", 953),
    ("1e1", 10_000, "1536Ki", 1),
    ("1m", 1, "1Mi", 1),
    ("+1k", 1_000_000, "1T", 953_674),
]


@pytest.fixture
def connection(empty_url: URL) -> Iterator[Connection]:
    engine = create_engine(empty_url, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def insert(connection: Connection, name: str, /, **values: object) -> Any:
    """Insert a row with common values for the columns that are not given; return its id."""
    metadata = MetaData()
    metadata.reflect(connection)
    its, now = metadata.tables[name], datetime.now(UTC)
    common = {"id": uuid7().hex, "version": 1, "created_at": now, "updated_at": now}
    connection.execute(its.insert().values(common | values))
    return common["id"]


def rows(connection: Connection, name: str) -> list[dict[str, Any]]:
    metadata = MetaData()
    metadata.reflect(connection)
    its = metadata.tables[name]
    found = [dict(each) for each in connection.execute(its.select()).mappings()]
    connection.commit()  # or the next migration would wait
    return found


def fill(connection: Connection) -> None:
    """Insert a row into each table of the example that changes."""
    owner = insert(
        connection, "users", email="ada@example.com", name="Ada", active=True, admin=False
    )
    project = insert(connection, "projects", owner_id=owner, name="Apollo", settings=SETTINGS)
    model = insert(
        connection,
        "ml_models",
        owner_id=owner,
        project_id=project,
        name="digits",
        task="classification",
        last_number=1,
    )
    version = insert(
        connection,
        "model_versions",
        owner_id=owner,
        ml_model_id=model,
        storage_uri="s3://a/b",
        checksum="md5:0",
        size_bytes=1,
        metrics={"accuracy": 0.5},
        hyperparameters={},
        stage="staging",
        number=1,
    )
    insert(
        connection,
        "deployments",
        owner_id=owner,
        version_id=version,
        environment="staging",
        image="digits:1",
        cpu_millis=1500,
        memory_mib=2048,
        variables={"A": "b"},
        replicas=1,
        status="running",
    )
    connection.commit()


def test_rows_are_kept_in_the_new_words(connection: Connection) -> None:
    command.upgrade(CONFIG, BEFORE)
    fill(connection)
    command.upgrade(CONFIG, "head")

    [project], [document] = rows(connection, "projects"), rows(connection, "documents")
    [version], [deployment] = rows(connection, "model_versions"), rows(connection, "deployments")
    [user] = rows(connection, "users")
    assert project["status"] == "active"
    assert (document["id"], document["owner_id"]) == (project["id"], project["owner_id"])
    assert (document["kind"], document["project_id"]) == ("project_config", project["id"])
    body = {"kind": "project_config", "schema_version": 1, "settings": SETTINGS}
    assert document["body"] == ProjectConfig.model_validate(body).model_dump(mode="json") == body
    assert version["test_metrics"] == {"accuracy": 0.5}
    assert version["train_metrics"] == {}
    assert deployment["base_image"] == "digits:1"
    assert deployment["env_vars"] == {"A": "b"}
    assert (deployment["cpu_limit"], deployment["memory_limit"]) == ("1500m", "2048Mi")
    assert (deployment["progress"], deployment["message"]) == (100, None)
    assert user["username"] is None


def test_rows_come_back_as_they_were(connection: Connection) -> None:
    command.upgrade(CONFIG, BEFORE)
    fill(connection)
    tables = ("users", "projects", "model_versions", "deployments")
    before = {each: rows(connection, each) for each in tables}

    command.upgrade(CONFIG, "head")
    command.downgrade(CONFIG, BEFORE)

    assert {each: rows(connection, each) for each in tables} == before


@pytest.mark.parametrize(("cpu", "millis", "memory", "mib"), QUANTITIES)
def test_every_spelling_of_a_quantity_is_counted(
    connection: Connection, cpu: str, millis: int, memory: str, mib: int
) -> None:
    command.upgrade(CONFIG, BEFORE)
    fill(connection)
    command.upgrade(CONFIG, "head")
    written = {"cpu_limit": cpu, "memory_limit": memory}
    connection.execute(table("deployments", *map(column, written)).update().values(written))
    connection.commit()

    command.downgrade(CONFIG, BEFORE)

    [deployment] = rows(connection, "deployments")
    assert (deployment["cpu_millis"], deployment["memory_mib"]) == (millis, mib)
