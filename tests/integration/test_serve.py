"""Migrations before the service starts, as `make run` does them."""

import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from src import serve
from src.main import start

CONFIG = Config("alembic.ini")


def test_heads_match_those_of_alembic() -> None:
    assert serve.heads() == set(ScriptDirectory.from_config(CONFIG).get_heads())


def test_heads_of_branches_and_of_their_merge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "VERSIONS", tmp_path)
    line = 'revision: str = "{}"\ndown_revision: str | Sequence[str] | None = {}\n'
    (tmp_path / "1.py").write_text(line.format("a", None))
    (tmp_path / "2.py").write_text(line.format("b", '"a"'))
    (tmp_path / "3.py").write_text(line.format("c", '"a"'))
    assert serve.heads() == {"b", "c"}

    (tmp_path / "4.py").write_text(line.format("d", '("b", "c")'))
    assert serve.heads() == {"d"}


@pytest.mark.usefixtures("empty_url")
@pytest.mark.parametrize("revision", ["base", "old", "head"])
def test_migrate_upgrades_to_the_head(revision: str) -> None:
    command.upgrade(CONFIG, "head")
    if revision != "head":
        command.downgrade(CONFIG, "base")
    if revision == "old":
        command.upgrade(CONFIG, ScriptDirectory.from_config(CONFIG).get_bases()[0])

    serve.migrate()

    assert serve.current() == serve.heads()


@pytest.mark.usefixtures("empty_url")
def test_alembic_is_not_imported_when_there_is_nothing_to_migrate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command.upgrade(CONFIG, "head")
    monkeypatch.setitem(sys.modules, "alembic", None)  # to import it is an error now

    serve.migrate()


@pytest.mark.usefixtures("empty_url")
def test_unsafe_settings_stop_the_startup(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")

    with pytest.raises(SystemExit, match="LOG_LEVEL=DEBUG writes"):
        start()
