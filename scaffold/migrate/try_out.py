"""Migrate a database of its own up, down and up again, and compare it with the models."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, make_url

from tests.databases import environment_of, postgres_server, temporary_database


@contextmanager
def new_database(postgres: bool) -> Iterator[URL]:
    if postgres:
        with postgres_server() as server, temporary_database(server) as url:
            yield url
    else:
        with TemporaryDirectory() as folder:
            yield make_url(f"sqlite:///{folder}/new.db")


def main(postgres: bool) -> None:
    config = Config("alembic.ini")
    with new_database(postgres) as url, environment_of(url):
        command.upgrade(config, "head")
        head = ScriptDirectory.from_config(config).get_revision("head")
        if not head.is_merge_point:  # which Alembic cannot step back from, and which does nothing
            command.downgrade(config, "-1")
            command.upgrade(config, "head")
        command.check(config)


if __name__ == "__main__":
    main(postgres="--postgres" in sys.argv)
