"""Migrations before the service starts, as `make run` does them."""

import sys

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL

from src.core import migrations
from src.main import start

CONFIG = Config("alembic.ini")


@pytest.mark.parametrize("revision", ["base", "old", "head"])
def test_migrate_upgrades_to_the_head(empty_url: URL, revision: str) -> None:
    command.upgrade(CONFIG, "head")
    if revision != "head":
        command.downgrade(CONFIG, "base")
    if revision == "old":
        command.upgrade(CONFIG, ScriptDirectory.from_config(CONFIG).get_bases()[0])

    migrations.migrate(empty_url)

    assert migrations.current(empty_url) == migrations.heads()


def test_alembic_is_not_imported_when_there_is_nothing_to_migrate(
    empty_url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    command.upgrade(CONFIG, "head")
    monkeypatch.setitem(sys.modules, "alembic", None)  # to import it is an error now

    migrations.migrate(empty_url)


@pytest.mark.usefixtures("empty_url")
def test_unsafe_settings_stop_the_startup(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")

    with pytest.raises(SystemExit) as stop:
        start()

    assert stop.value.code == 3  # after which no server starts a worker again
    assert "LOG_LEVEL=DEBUG writes" in capsys.readouterr().err
