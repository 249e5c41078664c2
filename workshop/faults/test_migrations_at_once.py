"""Ten instances start at once, and each migrates first."""

import subprocess
import sys

import pytest
from alembic import command
from sqlalchemy import URL, NullPool, create_engine

from tests.integration.test_migration import CONFIG, REVISIONS, SCRIPTS, applied

UPGRADES = """
import os, sys
import src.models, src.core.settings
from alembic import command
from alembic.config import Config

runs = int(sys.argv[1])
for _ in range(runs):
    if os.fork() == 0:
        command.upgrade(Config("alembic.ini"), "head")
        os._exit(0)
print(*(os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(runs)))
"""
"""Forked where all is imported, the runs meet in the database and not one after the other."""


@pytest.fixture(params=["base", REVISIONS[-2]], ids=["empty", "one behind"])
def behind(request: pytest.FixtureRequest, empty_url: URL) -> None:
    command.upgrade(CONFIG, request.param)


@pytest.mark.usefixtures("behind")
def test_ten_migrations_at_once_all_succeed(empty_url: URL) -> None:
    assert start_at_once(10) == [0] * 10

    with create_engine(empty_url, poolclass=NullPool).connect() as connection:
        assert applied(connection) == SCRIPTS.get_heads()


def start_at_once(runs: int) -> list[int]:
    """Upgrade to the head in several processes at once; return their exit codes."""
    command = [sys.executable, "-c", UPGRADES, str(runs)]
    finished = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    return [int(code) for code in finished.stdout.split()]
