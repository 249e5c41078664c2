"""New fields whose values an expression makes of the rows that exist."""

import pytest
from alembic.util import CommandError
from sqlalchemy import Connection

from scaffold.errors import RefusedError
from scaffold.migrate.alter import change_migration
from scaffold.migrate.create import create_migration
from scaffold.spec.changes.field import FieldChange
from scaffold.spec.parse import parse_feature, parse_field
from workshop.generator.migrated import described, run
from workshop.generator.test_render import faults_of
from workshop.generator.test_rows import ID, PARENT, child, create, insert, values_in

OF_THE_NAME = "(select parents.id from parents where parents.name = children.name)"


def migration_of(token: str, expression: str) -> str:
    change = FieldChange(None, parse_field(token), expression=expression)
    change.check()
    features = {"parent": PARENT, "child": child()}
    (migration,) = change_migration(child(), change, features, "a").values()
    assert faults_of({"alembic/versions/b.py": migration}) == ""
    return migration


@pytest.fixture
def filled(connection: Connection) -> Connection:
    """Two children with the names of the two parents."""
    create(connection, child())
    with connection.begin():
        for number, name in enumerate("ab"):
            insert(connection, "children", f"{ID}{number}", name=name)
    return connection


@pytest.mark.parametrize(
    ("token", "expression", "values"),
    [
        ("x:str:unique:max=40", "'INV-' || name", ["INV-a", "INV-b"]),
        ("x:str:unique", "'100%:' || children.name", ["100%:a", "100%:b"]),
        ("x:str:pattern=^[A-Z]$:example=A,B", "upper(name)", ["A", "B"]),
        ("x:email:unique", "name || '@example.org'", ["a@example.org", "b@example.org"]),
        ("x:str", "length(name) + 1", ["2", "2"]),
        ("x:str:optional", "case when name = 'a' then name end", ["a", None]),
        ("x:text:optional:max=100000", "name", ["a", "b"]),
        ("x:enum:a,b", "name", ["a", "b"]),
        ("x:int:ge=1", "length(name)", [1, 1]),
        ("x:bigint", "length(name) * 9007199254740991", [2**53 - 1] * 2),
        ("x:int64", "9223372036854775807", [2**63 - 1] * 2),
        ("x:ref:parent", OF_THE_NAME, [f"{ID}a", f"{ID}b"]),
        ("x:ref:parent:unique:cascade", OF_THE_NAME, [f"{ID}a", f"{ID}b"]),
        ("x:ref:child:optional", "id", [f"{ID}0", f"{ID}1"]),
    ],
)
def test_each_row_gets_its_value(
    filled: Connection, token: str, expression: str, values: list[object]
) -> None:
    original = described(filled, "children")
    migration = migration_of(token, expression)

    run(filled, migration)

    assert values_in(filled, parse_field(token)) == values
    run(filled, migration, "downgrade")
    assert described(filled, "children") == original


@pytest.mark.parametrize(
    ("token", "expression", "words"),
    [
        ("x:str", "case when name = 'a' then name end", "without x: 1"),
        ("x:str", "null", "without x: 2"),
        ("x:str:unique", "'same'", "with the same x as another one: 2"),
        (
            "x:ref:parent:unique",
            "(select parents.id from parents where name = 'a')",
            "with the same x_id as",
        ),
        ("x:str:max=3", "name || '234'", "with x longer than 3 characters: 2"),
        ("x:str", "' ' || name", "with x that is blank, or has white space around it: 2"),
        ("x:str:pattern=^[a-z]$:example=a,b", "upper(name)", "does not match ^[a-z]$: 2"),
        ("x:email", "upper(name) || '@example.org'", "with capitals in x: 2"),
        ("x:enum:a,c", "name", "with another x than a, c: 1"),
        ("x:int:le=5", "length(name) + 5", "with x above 5: 2"),
        ("x:int", "-2147483649", "with x below -2147483648: 2"),
        ("x:int", "length(name) + 0.5", "whose x would be no whole number: 2"),
        ("x:int64", "9223372036854775808", "with x above 9223372036854775807: 2"),
        ("x:ref:parent", "id", "that would refer to none of parents: 2"),
        ("x:ref:parent", f"{OF_THE_NAME[:-1]} and name <> 'a')", "without x_id: 1"),
    ],
)
def test_rows_whose_value_does_not_fit_are_counted(
    filled: Connection, token: str, expression: str, words: str
) -> None:
    original = described(filled, "children")

    with pytest.raises(CommandError) as refused:
        run(filled, migration_of(token, expression))

    assert words in str(refused.value)
    assert str(refused.value).startswith("Rows of children ")
    assert "Nothing has changed: change them, or the expression in the" in str(refused.value)
    assert described(filled, "children") == original


def test_values_are_unique_among_the_rows_of_an_owner(connection: Connection) -> None:
    user = parse_feature("user", ["name:str"])
    note = parse_feature("note", ["name:str"], owned=True)
    features = {"user": user, "note": note}
    for each in (user, note):
        run(connection, create_migration(each, features))
    with connection.begin():
        for letter in "ab":
            insert(connection, "users", f"{ID}{letter}", name=letter)
            insert(connection, "notes", f"{ID}{letter}", name="n", owner_id=f"{ID}{letter}")
    change = FieldChange(None, parse_field("x:str:unique"), expression="notes.name")
    (migration,) = change_migration(note, change, features, "a").values()
    run(connection, migration)
    run(connection, migration, "downgrade")

    with connection.begin():
        insert(connection, "notes", f"{ID}c", name="n", owner_id=f"{ID}a")
    with pytest.raises(CommandError, match="with the same x as another one: 2"):
        run(connection, migration)


@pytest.mark.parametrize(
    ("token", "backfill", "reason"),
    [
        ("x:money", None, "--backfill-sql is for bigint, email, enum, int, int64, ref, str"),
        ("x:datetime", None, "--backfill-sql is for"),
        ("x:str", "a", "say --backfill or --backfill-sql, not both"),
    ],
)
def test_expression_for_other_types_is_refused(
    token: str, backfill: str | None, reason: str
) -> None:
    with pytest.raises(RefusedError, match=reason):
        FieldChange(None, parse_field(token), backfill, expression="name").check()
