"""Migrations of single fields, with rows in the table, there and back."""

from collections.abc import Iterator
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, inspect, text

from scaffold.errors import RefusedError
from scaffold.migrate.alter import change_migration
from scaffold.migrate.create import create_migration
from scaffold.spec.feature import Feature
from scaffold.spec.field_change import FieldChange
from scaffold.spec.parse import parse_feature
from workshop.generator.test_render import faults_of

PARENT = parse_feature("parent", ["name:str:unique"])
BEFORE = [
    "code:str:unique:max=40",
    "amount:decimal:12,2:ge=0",
    "state:enum:draft,sent:default=draft",
    "due:date:optional:index",
    "parent:ref",
]
CHANGES: dict[str, tuple[list[str], dict[str, Any]]] = {
    "add an optional field": ([*BEFORE, "paid:datetime:optional:index"], {}),
    "add a required number": ([*BEFORE, "rank:int:ge=1"], {"backfill": "1"}),
    "add a required decimal": ([*BEFORE, "fee:money"], {"backfill": "-1.5"}),
    "add a required date": ([*BEFORE, "day:date"], {"backfill": "2030-01-01"}),
    "add a required time": ([*BEFORE, "at:datetime"], {"backfill": "2030-01-01T00:00:00Z"}),
    "add a field with a default": ([*BEFORE, "done:bool:default=false"], {}),
    "add json": ([*BEFORE, "meta:json"], {}),
    "add an enum": ([*BEFORE, "size:enum:s,m"], {"backfill": "m"}),
    "add a ref": ([*BEFORE, "other:ref:parent:set-null:optional"], {}),
    "add a ref to itself": ([*BEFORE, "above:ref:child:optional"], {}),
    "drop what is unique": (BEFORE[1:], {}),
    "drop a decimal": ([BEFORE[0], *BEFORE[2:]], {}),
    "drop an enum": ([*BEFORE[:2], *BEFORE[3:]], {}),
    "drop what is indexed": ([*BEFORE[:3], BEFORE[4]], {}),
    "drop a ref": (BEFORE[:4], {}),
    "rename what is unique": (
        ["mark:str:unique:max=40", *BEFORE[1:]],
        {"renamed": "code"},
    ),
    "rename an enum": (
        [*BEFORE[:2], "phase:enum:draft,sent:default=draft", *BEFORE[3:]],
        {"renamed": "state"},
    ),
    "rename a ref": ([*BEFORE[:4], "owner:ref:parent"], {"renamed": "parent"}),
    "add a member": ([*BEFORE[:2], "state:enum:draft,sent,paid:default=draft", *BEFORE[3:]], {}),
    "drop a member": ([*BEFORE[:2], "state:enum:draft,paid:default=draft", *BEFORE[3:]], {}),
    "longer text": (["code:str:unique:max=80", *BEFORE[1:]], {}),
    "make optional": ([BEFORE[0], "amount:decimal:12,2:ge=0:optional", *BEFORE[2:]], {}),
    "make required": ([*BEFORE[:3], "due:date:index", BEFORE[4]], {"backfill": "2030-01-01"}),
    "cascade": ([*BEFORE[:4], "parent:ref:cascade"], {}),
    "make unique": ([*BEFORE[:3], "due:date:optional:unique", BEFORE[4]], {}),
}


def child(tokens: list[str]) -> Feature:
    return parse_feature("child", tokens, plural="children")


def change_to(
    tokens: list[str], renamed: str | None = None, backfill: str | None = None
) -> tuple[Feature, FieldChange]:
    """Return the feature as it was, and what makes these fields of its own."""
    before, after = child(BEFORE), child(tokens)
    news = [field for field in after.fields if field not in before.fields]
    new = news[0] if news else None
    olds = [field for field in before.fields if field not in after.fields]
    assert len(news) <= 1
    assert len(olds) <= 1
    assert not (olds and new) or olds[0].name == (renamed or new.name)
    return before, FieldChange(olds[0] if olds else None, new, backfill)


def migration_of(before: Feature, change: FieldChange) -> str:
    (text,) = change_migration(before, change, {"parent": PARENT}, "a").values()
    return text


@pytest.fixture
def engine(empty_url: URL) -> Engine:
    engine = create_engine(empty_url, poolclass=NullPool)
    if engine.name == "sqlite":
        engine = create_engine(
            empty_url.set(drivername="sqlite"),
            poolclass=NullPool,
            connect_args={"isolation_level": None},
        )
        event.listen(engine, "begin", lambda it: it.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


def run(connection: Connection, migration: str, direction: str = "upgrade") -> None:
    names: dict[str, Any] = {}
    exec(migration, names)  # noqa: S102  # it was just made
    with connection.begin(), Operations.context(MigrationContext.configure(connection)):
        names[direction]()


def described(connection: Connection) -> dict[str, object]:
    """Everything about the table but for the order of its columns."""
    inspector = inspect(connection)
    table = "children"
    described = {
        "columns": {
            each["name"]: (str(each["type"]), each["nullable"], each["default"])
            for each in inspector.get_columns(table)
        },
        "unique": {each["name"]: each for each in inspector.get_unique_constraints(table)},
        "keys": {each["name"]: each for each in inspector.get_foreign_keys(table)},
        "checks": {each["name"]: each for each in inspector.get_check_constraints(table)},
        "indexes": {each["name"]: each for each in inspector.get_indexes(table)},
    }
    connection.rollback()
    return described


def fill(connection: Connection) -> None:
    digits = "0" * 31
    is_sqlite = connection.dialect.name == "sqlite"
    with connection.begin():
        entity = "id, version, created_at, updated_at"
        now = "1, '2026-01-01 00:00:00', '2026-01-01 00:00:00'"
        connection.execute(
            text(f"INSERT INTO parents ({entity}, name) VALUES ('{digits}1', {now}, 'p')")  # noqa: S608
        )
        for n in "12":
            values = f"'{digits}{n}', {now}, 'c{n}', {150 if is_sqlite else 1.5}, 'sent', NULL"
            connection.execute(
                text(
                    f"INSERT INTO children ({entity}, code, amount, state, due, parent_id) "  # noqa: S608
                    f"VALUES ({values}, '{digits}1')"
                )
            )


def rows(connection: Connection) -> list[dict[str, Any]]:
    result = connection.execute(text("SELECT * FROM children ORDER BY id"))
    found = [dict(row) for row in result.mappings()]
    connection.rollback()
    return found


@pytest.mark.parametrize("change", CHANGES)
def test_field_changes_with_rows_there_and_back(connection: Connection, change: str) -> None:
    tokens, options = CHANGES[change]
    features = {"parent": PARENT}
    before, changed = change_to(tokens, **options)
    after = child(tokens)
    run(connection, create_migration(PARENT, features))
    run(connection, create_migration(after, features))
    wanted = described(connection)
    run(connection, create_migration(after, features), "downgrade")
    run(connection, create_migration(before, features))
    original = described(connection)
    fill(connection)
    stored = rows(connection)
    migration = migration_of(before, changed)

    assert faults_of({"alembic/versions/b.py": migration}) == ""
    run(connection, migration)
    assert described(connection) == wanted
    kept = {name: value for name, value in stored[0].items() if name in rows(connection)[0]}
    kept.pop("due", None), kept.pop("state", None)
    assert kept.items() <= rows(connection)[0].items()

    run(connection, migration, "downgrade")
    assert described(connection) == original
    run(connection, migration)
    assert described(connection) == wanted
    assert len(rows(connection)) == 2


@pytest.mark.parametrize(
    ("tokens", "backfill", "message"),
    [
        ([*BEFORE, "rank:int"], None, "--backfill"),
        ([*BEFORE, "rank:int"], "one", "one is no int"),
        ([*BEFORE, "rank:int:unique"], "1", "make it optional"),
        ([*BEFORE, "other:ref:parent"], "1", "make it optional"),
        (["code:int:unique", *BEFORE[1:]], None, "cannot become"),
        ([*BEFORE[:2], "state:enum:draft,paid", *BEFORE[3:]], None, "--backfill"),
    ],
)
def test_change_that_rows_could_not_follow_is_refused(
    tokens: list[str], backfill: str | None, message: str
) -> None:
    with pytest.raises(RefusedError, match=message):
        migration_of(*change_to(tokens, backfill=backfill))
