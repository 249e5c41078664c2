"""Migrations match the models and can be reverted."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import (
    URL,
    Connection,
    Engine,
    NullPool,
    create_engine,
    inspect,
    make_url,
)

from tests.databases import environment_of

CONFIG = Config("alembic.ini")
SCRIPTS = ScriptDirectory.from_config(CONFIG)
PARTED = (
    "ALTER TABLE idempotent_answers RENAME TO whole",
    "CREATE TABLE idempotent_answers (LIKE whole) PARTITION BY HASH (digest)",
    "CREATE TABLE part PARTITION OF idempotent_answers FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
    "DROP TABLE whole",
    "CREATE INDEX ix_idempotent_answers_created_at ON idempotent_answers (created_at)",
)
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()][::-1]


@pytest.fixture
def engine(empty_url: URL) -> Engine:
    return create_engine(empty_url, poolclass=NullPool)


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def described(engine: Engine) -> dict[str, object]:
    """Return everything about the tables that a migration could change.

    The order of constraints is left out: SQLite changes it when a table is rebuilt.
    """
    with engine.connect() as connection:
        inspector = inspect(connection)
        columns = inspector.get_multi_columns()
        keys = inspector.get_multi_pk_constraint()
        unique = inspector.get_multi_unique_constraints()
        foreign = inspector.get_multi_foreign_keys()
        checks = inspector.get_multi_check_constraints()
        indexes = inspector.get_multi_indexes()
    return {
        key[1]: (
            [{**column, "type": str(column["type"])} for column in columns[key]],
            keys[key],
            by_name(unique[key]),
            by_name(foreign[key]),
            by_name(checks[key]),
            by_name(map(comparable, indexes[key])),
        )
        for key in columns
        if key[1] != "alembic_version"
    }


def comparable(index: Mapping[str, Any]) -> dict[str, Any]:
    """Return the index with conditions, such as that of a partial one, as text."""
    options = index.get("dialect_options", {})
    return {**index, "dialect_options": {name: str(each) for name, each in options.items()}}


def by_name(constraints: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {each["name"]: each for each in constraints}


@pytest.mark.usefixtures("empty_url")
def test_migrations_match_the_models() -> None:
    command.upgrade(CONFIG, "head")

    command.check(CONFIG)


def test_partitions_are_parts_of_their_table(engine: Engine) -> None:
    if engine.name == "sqlite":
        pytest.skip("SQLite has no partitions")
    command.upgrade(CONFIG, "head")
    with engine.begin() as connection:
        for statement in PARTED:
            connection.exec_driver_sql(statement)

    command.check(CONFIG)


def test_there_is_one_head() -> None:
    assert len(SCRIPTS.get_heads()) == 1


def test_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "100%d %(x)s"
    folder.mkdir()
    copy = shutil.copy("alembic.ini", folder)

    scripts = ScriptDirectory.from_config(Config(copy))

    assert [each["_hook_name"] for each in scripts.hooks] == ["lint", "format"]


def test_every_migration_can_be_reverted_and_repeated(engine: Engine) -> None:
    for revision in REVISIONS:
        command.upgrade(CONFIG, revision)
        after = described(engine)

        if not SCRIPTS.get_revision(revision).is_merge_point:  # which has nothing to revert
            command.downgrade(CONFIG, f"{revision}@-1")
            command.upgrade(CONFIG, revision)

        assert described(engine) == after


def test_downgrade_to_base_leaves_no_table(engine: Engine) -> None:
    command.upgrade(CONFIG, "head")
    assert "idempotent_answers" in tables(engine)

    command.downgrade(CONFIG, "base")

    assert tables(engine) == {"alembic_version"}


def test_offline_sql_builds_the_same_database(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    if engine.name == "sqlite":
        pytest.skip("SQLite rebuilds tables to alter them, and offline there is none to rebuild")
    command.upgrade(CONFIG, "head", sql=True)
    script = capsys.readouterr().out
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(script)
    offline = described(engine)

    command.downgrade(CONFIG, "base")
    command.upgrade(CONFIG, "head")

    assert described(engine) == offline


def test_no_migration_adds_a_value_to_a_type(capsys: pytest.CaptureFixture[str]) -> None:
    """Before PostgreSQL 17, the rest of the transaction could not use it."""
    with environment_of(make_url("postgresql://nobody@127.0.0.1:1/nowhere")):
        command.upgrade(CONFIG, "head", sql=True)

    assert "ADD VALUE" not in capsys.readouterr().out


def test_password_is_in_no_output(capfd: pytest.CaptureFixture[str]) -> None:
    url = make_url("postgresql://user:planted@127.0.0.1:1/nowhere")

    with environment_of(url), pytest.raises(Exception, match="connection"):
        command.upgrade(CONFIG, "head")

    assert "planted" not in "".join(capfd.readouterr())


def applied(connection: Connection) -> list[str]:
    return list(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars())


def test_failed_migration_leaves_nothing_behind(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE idempotent_answers (id INTEGER)")

    with pytest.raises(Exception, match="already exists"):
        command.upgrade(CONFIG, "head")

    assert tables(engine) == {"idempotent_answers"}


def test_migration_waits_for_a_lock_for_a_bounded_time(engine: Engine) -> None:
    if engine.name == "sqlite":
        pytest.skip("SQLite has no lock on a table")
    command.upgrade(CONFIG, "head")

    with engine.begin() as connection:
        connection.exec_driver_sql("LOCK TABLE idempotent_answers")
        with pytest.raises(Exception, match="lock timeout"):
            command.downgrade(CONFIG, "base")

    assert "idempotent_answers" in tables(engine)
