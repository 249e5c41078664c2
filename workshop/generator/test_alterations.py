"""Migrations of single fields, with rows in the table, there and back."""

from typing import Any

import pytest
from sqlalchemy import Connection, text

from scaffold.errors import RefusedError
from scaffold.migrate.alter import change_migration
from scaffold.migrate.create import CONTRACT, create_migration
from scaffold.spec.changes.field import FieldChange
from scaffold.spec.feature import Feature
from scaffold.spec.parse import parse_feature
from tests.unit.test_rolling_migrations import unmarked
from workshop.generator.migrated import described, run, written
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
    "add a time, which is now": ([*BEFORE, "at:datetime:default=now"], {}),
    "add a date, which is now": ([*BEFORE, "day:date"], {"backfill": "now"}),
    "add what only the service sets": ([*BEFORE, "seats:int:readonly:default=0"], {}),
    "add an enum of any words": ([*BEFORE, "unit:enum:EUR,3d,it's,100%:default=it's"], {}),
    "add json of a model": (
        [*BEFORE, "place:json:Place"],
        {"backfill": '{"name": "it\'s"}'},
    ),
    "rename what a rule compares": (
        [BEFORE[0], "worth:decimal:12,2:ge=0", *BEFORE[2:]],
        {"renamed": "amount"},
    ),
    "add an int64": ([*BEFORE, "rank:int64"], {"backfill": "9223372036854775807"}),
    "add a time of day": ([*BEFORE, "opens:time"], {"backfill": "08:30:00.5"}),
    "add a duration": ([*BEFORE, "lasts:duration"], {"backfill": "-PT90M"}),
    "add a list": ([*BEFORE, "tags:list:str"], {}),
    "add a list of some texts": ([*BEFORE, "tags:list:str"], {"backfill": '["it\'s", "100%"]'}),
    "add a unique text of others": (
        [*BEFORE, "mark:str:unique:max=50"],
        {"expression": "'100%:' || code"},
    ),
    "add a required ref of another": ([*BEFORE, "other:ref:parent"], {"expression": "parent_id"}),
    "add a rank of others": ([*BEFORE, "rank:int64:le=99"], {"expression": "length(code)"}),
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
    "drop a member": (
        [*BEFORE[:2], "state:enum:draft,paid:default=draft", *BEFORE[3:]],
        {"backfill": "draft"},
    ),
    "longer text": (["code:str:unique:max=80", *BEFORE[1:]], {}),
    "make optional": ([BEFORE[0], "amount:decimal:12,2:ge=0:optional", *BEFORE[2:]], {}),
    "make required": ([*BEFORE[:3], "due:date:index", BEFORE[4]], {"backfill": "2030-01-01"}),
    "cascade": ([*BEFORE[:4], "parent:ref:cascade"], {}),
    "make unique": ([*BEFORE[:3], "due:date:optional:unique", BEFORE[4]], {}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_migration_says_that_it_breaks_the_version_before(change: str) -> None:
    tokens, options = CHANGES[change]
    migration = migration_of(*change_to(tokens, **options))

    assert (CONTRACT in migration) == bool([*unmarked(migration.replace(CONTRACT, ""))])
    assert not [*unmarked(migration)]


def child(tokens: list[str]) -> Feature:
    names = {token.partition(":")[0] for token in tokens}
    checks = [f"{name} != 0" for name in ("amount", "worth") if name in names]
    return parse_feature("child", tokens, plural="children", checks=checks)


def change_to(
    tokens: list[str],
    renamed: str | None = None,
    backfill: str | None = None,
    expression: str | None = None,
) -> tuple[Feature, FieldChange]:
    """Return the feature as it was, and what makes these fields of its own."""
    before, after = child(BEFORE), child(tokens)
    news = [field for field in after.fields if field not in before.fields]
    new = news[0] if news else None
    olds = [field for field in before.fields if field not in after.fields]
    assert len(news) <= 1
    assert len(olds) <= 1
    assert not (olds and new) or olds[0].name == (renamed or new.name)
    return before, FieldChange(olds[0] if olds else None, new, backfill, expression=expression)


def migration_of(before: Feature, change: FieldChange) -> str:
    change.check()
    (text,) = change_migration(before, change, {"parent": PARENT}, "a").values()
    return text


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
    wanted = described(connection, "children")
    run(connection, create_migration(after, features), "downgrade")
    run(connection, create_migration(before, features))
    original = described(connection, "children")
    fill(connection)
    stored = rows(connection)
    migration = migration_of(before, changed)

    assert faults_of({"alembic/versions/b.py": migration}) == ""
    run(connection, migration)
    assert described(connection, "children") == wanted
    kept = {name: value for name, value in stored[0].items() if name in rows(connection)[0]}
    kept.pop("due", None), kept.pop("state", None)
    assert kept.items() <= rows(connection)[0].items()

    run(connection, migration, "downgrade")
    assert described(connection, "children") == original
    run(connection, migration)
    assert described(connection, "children") == wanted
    assert len(rows(connection)) == 2


@pytest.mark.parametrize("change", CHANGES)
def test_migration_can_be_written_as_sql(connection: Connection, change: str) -> None:
    tokens, options = CHANGES[change]
    features = {"parent": PARENT}
    before, changed = change_to(tokens, **options)
    sql = written(migration_of(before, changed))
    if connection.dialect.name == "sqlite":
        pytest.skip("SQLite rebuilds tables to alter them, and offline there is none to rebuild")
    run(connection, create_migration(PARENT, features))
    run(connection, create_migration(child(tokens), features))
    wanted = described(connection, "children")
    run(connection, create_migration(child(tokens), features), "downgrade")
    run(connection, create_migration(before, features))
    fill(connection)

    with connection.begin():
        connection.exec_driver_sql(sql.replace("%", "%%"))  # the driver looks for parameters

    assert described(connection, "children") == wanted


@pytest.mark.parametrize(
    ("tokens", "backfill", "message"),
    [
        ([*BEFORE, "rank:int"], None, "--backfill"),
        ([*BEFORE, "place:json:Place"], None, "--backfill"),
        ([*BEFORE, "rank:int:unique"], "1", "the same value"),
        (["code:int:unique", *BEFORE[1:]], None, "no str is a int"),
    ],
)
def test_change_that_rows_could_not_follow_is_refused(
    tokens: list[str], backfill: str | None, message: str
) -> None:
    with pytest.raises(RefusedError, match=message):
        migration_of(*change_to(tokens, backfill=backfill))
