"""PostgreSQL 16, the oldest that the embedded server brings: what 17 allows is easily written."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import URL

from tests.databases import environment_of
from tests.integration.test_migration import CONFIG
from workshop.rigs.postgres import restartable_server
from workshop.rigs.service import served

OLDER = 16


@pytest.fixture
def older(postgres_only: None) -> Iterator[URL]:
    with restartable_server(OLDER) as server, environment_of(server.url):
        yield server.url


async def test_older_server_is_migrated_back_and_forth_and_serves(
    older: URL, tmp_path: Path
) -> None:
    for step, revision in ((command.upgrade, "head"), (command.downgrade, "base")) * 2:
        step(CONFIG, revision)
    command.upgrade(CONFIG, "head")

    async with served(older, tmp_path) as service:
        created = await service.client.post("/api/v1/projects", json={"name": "older"})

    assert created.status_code == 201
