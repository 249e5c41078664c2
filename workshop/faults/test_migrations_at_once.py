"""Ten instances start at once, and each migrates first."""

import pytest
from alembic import command
from sqlalchemy import URL, NullPool, create_engine

from tests.integration.test_migrations import CONFIG, REVISIONS, SCRIPTS, applied, start_at_once


@pytest.fixture(params=["base", REVISIONS[-2]], ids=["empty", "one behind"])
def behind(request: pytest.FixtureRequest, empty_url: URL) -> None:
    command.upgrade(CONFIG, request.param)


@pytest.mark.usefixtures("behind")
def test_ten_migrations_at_once_all_succeed(empty_url: URL) -> None:
    assert start_at_once(10) == [0] * 10

    with create_engine(empty_url, poolclass=NullPool).connect() as connection:
        assert applied(connection) == SCRIPTS.get_heads()
