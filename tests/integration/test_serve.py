"""Migrations before the service starts, as `make run` does them."""

import sys
from contextlib import nullcontext

import pytest
import uvicorn
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL

from src import serve
from src.core import migrations
from src.main import start
from tests.apps import make_settings

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


@pytest.mark.parametrize("environment", ["development", "production"])
def test_address_of_the_docs_is_told_where_there_are_docs(
    empty_url: URL,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    environment: str,
) -> None:
    settings = make_settings(empty_url, environment=environment)
    monkeypatch.setattr(serve, "read_settings", lambda _: settings)
    monkeypatch.setattr(serve, "refuse_hazards", lambda _: None)
    monkeypatch.setattr(serve, "companions_of", lambda _: nullcontext())
    monkeypatch.setattr(uvicorn.main, "main", lambda *_: None)
    monkeypatch.setenv("WEB_CONCURRENCY", "1")  # which it would set for good
    monkeypatch.setattr(sys, "argv", ["serve", "--port", "8123"])

    serve.main()

    is_told = "Docs  http://127.0.0.1:8123/docs" in capsys.readouterr().out
    assert is_told == (environment == "development")
