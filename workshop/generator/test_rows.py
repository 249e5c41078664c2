"""Changes of a field with rows in the table: values that fit stay, and others are counted first."""

import json
from datetime import time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from alembic.util import CommandError
from sqlalchemy import Connection, text

from scaffold.errors import RefusedError
from scaffold.migrate.alter import change_migration
from scaffold.migrate.create import create_migration
from scaffold.spec.changes.conversions import NUMERIC
from scaffold.spec.changes.field import FieldChange
from scaffold.spec.feature import Feature
from scaffold.spec.field import Field
from scaffold.spec.parse import parse_feature, parse_field
from workshop.generator.migrated import described, run
from workshop.generator.test_render import faults_of

PARENT = parse_feature("parent", ["name:str:unique"])
ID = "0" * 31
ENTITY = "id, version, created_at, updated_at"
NOW = "1, '2026-01-01 00:00:00', '2026-01-01 00:00:00'"


class Change(NamedTuple):
    before: str
    after: str
    kept: Any
    """A value that fits before and after, as requests send it."""
    unfit: Any = None
    """A value that fits before alone."""
    words: str = ""
    """What is said of it."""
    backfill: str = ""
    """A value that fits after."""

    def __str__(self) -> str:
        return f"{self.before} > {self.after}: {self.unfit!r}"


LOSSLESS = [
    Change("x:int", "x:bigint", -(2**31)),
    Change("x:int", "x:float", 2**31 - 1),
    Change("x:int", "x:int64", -(2**31)),
    Change("x:bigint", "x:int64", 2**53 - 1),
    Change("x:decimal:18,2", "x:int64", "7.00"),
    Change("x:time", "x:time:optional:index", "08:30:00"),
    Change("x:duration", "x:duration:optional:index", -90_000_000),
    Change("x:list:str", "x:list:str:optional", ["a", "it's"]),
    Change("x:bigint", "x:float", 1 - 2**53),
    Change("x:int", "x:decimal:12,2", 7),
    Change("x:decimal:12,2", "x:decimal:14,2", "-1.50"),
    Change("x:decimal:12,2", "x:decimal:14,4", "1.25"),
    Change("x:money", "x:decimal:18,3", "1.25"),
    Change("x:money", "x:float", "0.10"),
    Change("x:money:ge=1", "x:money", "1.00"),
    Change("x:str", "x:text", "it's"),
    Change("x:email", "x:str", "ada@example.org"),
    Change("x:url", "x:text", "https://example.org/ada"),
    Change("x:str:max=3", "x:str:max=9", "abc"),
    Change("x:str:pattern=^a+$:example=a,aa", "x:str", "aa"),
    Change("x:enum:draft,sent", "x:str", "sent"),
    Change("x:enum:draft,sent", "x:text", "sent"),
    Change("x:enum:draft,sent", "x:enum:draft,sent,it's", "sent"),
    Change("x:json:Place", "x:json", {"name": "a"}),
    Change("x:str:unique", "x:str", "a"),
    Change("x:date", "x:date:optional:index", "2030-01-01"),
    Change("x:ref:parent", "x:ref:parent:optional:set-null", f"{ID}a"),
]
STRICTER = [
    Change("x:int", "x:int:le=5", 5, 6, "with x above 5", "5"),
    Change("x:int", "x:int:ge=2", 2, 1, "with x below 2", "2"),
    Change("x:bigint", "x:int", 5, 2**31, "with x above 2147483647", "7"),
    Change("x:bigint", "x:int", 5, -(2**31) - 1, "with x below -2147483648", "7"),
    Change("x:int64", "x:bigint", 5, 2**53, "with x above 9007199254740991", "7"),
    Change("x:int64", "x:int", 5, -(2**63), "with x below -2147483648", "7"),
    Change("x:int64", "x:int64:ge=1", 2**63 - 1, 0, "with x below 1", "9223372036854775807"),
    Change("x:int64", "x:money", 7, 10**18, "with x above 9999999999999.99", "7"),
    Change("x:duration", "x:duration:ge=PT0S", 90, -1, "with x below PT0S", "PT1M"),
    Change("x:duration", "x:duration:le=P1D", 90, 90_000_000_000, "with x above P1D", "-PT1M"),
    Change("x:time:optional", "x:time", "08:30:00", None, "without x", "17:00:00"),
    Change("x:duration:optional", "x:duration", 90, None, "without x", "PT1M"),
    Change("x:float", "x:float:le=0.5", 0.5, 0.75, "with x above 0.5", "0.25"),
    Change("x:float", "x:int", 2, 2.5, "with more than 0 decimal places in x", "3"),
    Change("x:float", "x:decimal:6,2", 2.25, 2.125, "with more than 2 decimal places in x", "2.5"),
    Change("x:decimal:6,2", "x:decimal:6,2:ge=1", "1.00", "0.99", "with x below 1", "2"),
    Change("x:decimal:6,2", "x:decimal:4,2", "99.99", "100.00", "with x above 99.99", "99.99"),
    Change("x:decimal:6,2", "x:decimal:4,2", "-99.99", "-100.00", "with x below -99.99", "0"),
    Change("x:decimal:6,2", "x:decimal:6,1", "1.50", "1.55", "more than 1 decimal places", "1.6"),
    Change("x:decimal:6,2", "x:int", "-3.00", "3.50", "more than 0 decimal places", "4"),
    Change("x:decimal:18,2", "x:int", "3.00", "1e12", "with x above 2147483647", "4"),
    Change("x:money", "x:float:le=2.5", "2.50", "2.51", "with x above 2.5", "2.5"),
    Change("x:int", "x:decimal:4,2", 99, 100, "with x above 99.99", "99"),
    Change("x:str:max=40", "x:str:max=3", "abc", "abcd", "with x longer than 3 characters", "xyz"),
    Change("x:text", "x:text:min=3", "abc", "ab", "with x shorter than 3 characters", "xyz"),
    Change(
        "x:str",
        "x:str:pattern=^[A-Z]{2}[0-9]$:example=AB1,AB2",
        "AB1",
        "AB12",
        "with x that does not match",
        "ZZ9",
    ),
    Change("x:text", "x:str", "a b", " a", "that is blank, or has white space", "b"),
    Change("x:text", "x:str", "a b", "", "that is blank, or has white space", "b"),
    Change("x:text", "x:str", "a b", "a\n", "that is blank, or has white space", "b"),
    Change(
        "x:str", "x:email", "ada@example.org", "ada", "with x that is no email", "b@example.org"
    ),
    Change("x:str", "x:email", "a@example.org", "A@example.org", "with capitals in x", "B@e.org"),
    Change("x:text", "x:url", "http://a", "ftp://a", "with x that is no url", "http://b"),
    Change("x:str", "x:enum:draft,it's", "it's", "lost", "with another x than", "draft"),
    Change("x:str:max=3", "x:enum:new,draft", "new", "old", "with another x than", "draft"),
    Change("x:enum:draft,sent", "x:enum:draft,paid", "draft", "sent", "another x than", "paid"),
    Change("x:enum:draft,long", "x:str:max=4:min=4", "long", "draft", "longer than 4", "none"),
    Change("x:int:optional", "x:int", 1, None, "without x", "2"),
    Change("x:money:optional", "x:money", "1.00", None, "without x", "-2.5"),
    Change("x:date:optional", "x:date", "2030-01-01", None, "without x", "2030-01-02"),
    Change("x:email:optional", "x:email", "a@example.org", None, "without x", "B@example.org"),
    Change("x:ref:parent:optional", "x:ref:parent", f"{ID}a", None, "without x_id", f"{ID}b"),
]


def child(*tokens: str) -> Feature:
    return parse_feature("child", ["name:str", *tokens], plural="children")


def migration_of(change: Change, **options: Any) -> str:
    before = child(change.before)
    altered = FieldChange(before.fields[-1], parse_field(change.after), **options)
    migration = "".join(change_migration(before, altered, {"parent": PARENT}, "a").values())
    assert faults_of({"alembic/versions/b.py": migration}) == ""
    return migration


def create(connection: Connection, feature: Feature) -> None:
    features = {"parent": PARENT, "child": feature}
    for each in (PARENT, feature):
        run(connection, create_migration(each, features))
    with connection.begin():
        for letter in "ab":
            insert(connection, "parents", f"{ID}{letter}", name=letter)


def insert(connection: Connection, table: str, key: str, **values: Any) -> None:
    names = "".join(f", {name}" for name in values)
    marks = "".join(f", :{name}" for name in values)
    statement = f"INSERT INTO {table} ({ENTITY}{names}) VALUES ('{key}', {NOW}{marks})"  # noqa: S608
    connection.execute(text(statement), values)


def fill(connection: Connection, field: Field, *values: Any) -> None:
    with connection.begin():
        for number, value in enumerate(values):
            stored = to_database(connection, field, value)
            insert(connection, "children", f"{ID}{number}", name="n", **{field.column: stored})


def to_database(connection: Connection, field: Field, value: Any) -> Any:
    if field.is_exact and value is not None and connection.dialect.name == "sqlite":
        return int(Decimal(value).scaleb(field.digits[1]))
    return json.dumps(value) if field.facts.empty and value is not None else value


def values_in(connection: Connection, field: Field) -> list[Any]:
    query = text(f"SELECT {field.column} FROM children ORDER BY id")  # noqa: S608
    found = connection.scalars(query).all()
    connection.rollback()
    return [from_database(connection, field, each) for each in found]


def from_database(connection: Connection, field: Field, value: Any) -> Any:
    if value is None:
        return None
    is_sqlite = connection.dialect.name == "sqlite"
    if field.is_exact:
        return float(Decimal(value).scaleb(-field.digits[1]) if is_sqlite else value)
    if field.kind == "ref":
        return str(value).replace("-", "")
    if field.facts.empty and is_sqlite:
        return json.loads(value)
    if field.kind == "time":
        return time.fromisoformat(f"{value}")
    return str(value) if field.kind == "date" else value


def as_read(field: Field, value: Any) -> Any:
    """Return what is read when a request has sent the value."""
    if field.kind == "email":
        return value.lower()
    if isinstance(value, str) and field.kind in {"time", "duration", "list"}:
        read = field.facts.read(value)
        return read // timedelta.resolution if field.kind == "duration" else read
    if field.kind == "int64":
        return Decimal(value)  # a float would round
    is_number = field.kind in NUMERIC and value is not None
    return float(value) if is_number else value


@pytest.mark.parametrize("change", LOSSLESS, ids=str)
def test_change_that_loses_nothing(connection: Connection, change: Change) -> None:
    before, after = child(change.before), child(change.after)
    create(connection, before)
    original = described(connection, "children")
    fill(connection, before.fields[-1], change.kept)
    migration = migration_of(change)  # none if no database sees a difference

    if migration:
        run(connection, migration)

    assert values_in(connection, after.fields[-1]) == [as_read(after.fields[-1], change.kept)]
    if migration:
        run(connection, migration, "downgrade")
    assert values_in(connection, before.fields[-1]) == [as_read(before.fields[-1], change.kept)]
    assert described(connection, "children") == original


@pytest.mark.parametrize("change", STRICTER, ids=str)
def test_rows_that_do_not_fit_are_counted_or_filled(connection: Connection, change: Change) -> None:
    before, after = child(change.before).fields[-1], child(change.after).fields[-1]
    create(connection, child(change.before))
    original = described(connection, "children")
    fill(connection, before, change.kept, change.unfit, change.unfit)
    stored = values_in(connection, before)

    with pytest.raises(CommandError) as refused:
        run(connection, migration_of(change))
    assert str(refused.value).startswith("Rows of children ")
    assert change.words in str(refused.value)
    assert ": 2. Nothing has changed: " in str(refused.value)
    assert values_in(connection, before) == stored
    assert described(connection, "children") == original

    run(connection, migration_of(change, backfill=change.backfill))
    filled = as_read(after, change.backfill)
    assert values_in(connection, after) == [as_read(after, change.kept), filled, filled]
    with connection.begin():
        connection.execute(text(f"DELETE FROM children WHERE id <> '{ID}0'"))  # noqa: S608
    run(connection, migration_of(change, backfill=change.backfill), "downgrade")
    assert described(connection, "children") == original


@pytest.mark.parametrize("optional", ["", ":optional"])
@pytest.mark.parametrize("kind", ["str", "int", "date", "ref:parent"])
def test_unique_field_counts_rows_with_the_same_value(
    connection: Connection, kind: str, optional: str
) -> None:
    change = Change(f"x:{kind}{optional}", f"x:{kind}{optional}:unique", None)
    field = child(change.before).fields[-1]
    values: dict[str, list[Any]] = {
        "str": ["a", "b"],
        "int": [1, 2],
        "date": ["2030-01-01", "2030-01-02"],
        "ref:parent": [f"{ID}a", f"{ID}b"],
    }
    one, other = values[kind]
    create(connection, child(change.before))
    migration = migration_of(change)
    fill(connection, field, one, other, one)

    with pytest.raises(CommandError, match=f"with the same {field.column} as another one: 2"):
        run(connection, migration)

    with connection.begin():
        connection.execute(text(f"DELETE FROM children WHERE id = '{ID}2'"))  # noqa: S608
        if optional:
            for number in "34":
                insert(connection, "children", ID + number, name="n")
    run(connection, migration)
    assert values_in(connection, field)[:2] == [one, other]


@pytest.mark.parametrize("token", ["x:ref:parent", "x:str:unique", "x:ref:parent:unique:cascade"])
def test_what_no_value_fits_is_added_to_an_empty_table(connection: Connection, token: str) -> None:
    before, field = child(), parse_field(token)
    create(connection, before)
    original = described(connection, "children")
    change = FieldChange(None, field)
    (migration,) = change_migration(before, change, {"parent": PARENT}, "a").values()

    with connection.begin():
        insert(connection, "children", f"{ID}1", name="n")
    with pytest.raises(CommandError, match=f"Rows of children without {field.column}: 1.*optional"):
        run(connection, migration)
    assert described(connection, "children") == original

    with connection.begin():
        connection.execute(text("DELETE FROM children"))
    run(connection, migration)
    run(connection, migration, "downgrade")
    assert described(connection, "children") == original


def test_backfilled_reference_leads_to_a_row(connection: Connection) -> None:
    before, field = child(), parse_field("x:ref:parent")
    create(connection, before)
    with connection.begin():
        insert(connection, "children", f"{ID}1", name="n")
    lost, there = (
        change_migration(before, FieldChange(None, field, ID + each), {"parent": PARENT}, "a")
        for each in "fb"
    )

    with pytest.raises(CommandError, match="that would refer to none of parents: 1"):
        run(connection, *lost.values())

    run(connection, *there.values())
    assert values_in(connection, field) == [f"{ID}b"]


@pytest.mark.parametrize(
    ("token", "value", "back"),
    [
        ("x:int64:unique", 2**53 + 1, 0),
        ("x:int64:ge=7", 2**63 - 1, 7),
        ("x:time:index", "08:30:00", time(0)),
        ("x:duration:ge=PT1M:le=P1D", 90_000_000, 60_000_000),
        ("x:list:str", ["a"], []),
    ],
)
def test_dropped_field_comes_back_with_a_value_that_fits(
    connection: Connection, token: str, value: object, back: object
) -> None:
    before, features = child(token), {"parent": PARENT}
    field = before.fields[-1]
    create(connection, before)
    original = described(connection, "children")
    fill(connection, field, value)
    (migration,) = change_migration(before, FieldChange(field, None), features, "a").values()

    run(connection, migration)
    run(connection, migration, "downgrade")

    assert described(connection, "children") == original
    assert values_in(connection, field) == [back]


@pytest.mark.parametrize(
    ("before", "after", "mapping", "stored", "read", "back"),
    [
        ("enum:a,b", "enum:a,c", {"b": "c"}, "ab", ["a", "c"], ["a", "b"]),
        ("enum:a,b", "enum:a,b", {"b": "a", "a": "b"}, "ab", ["b", "a"], ["b", "a"]),
        ("enum:a,b,c", "enum:a,d", {"b": "d", "c": "d"}, "abc", ["a", "d", "d"], None),
        ("str:max=1", "enum:open,shut", {"o": "open", "s": "shut"}, "os", ["open", "shut"], "os"),
    ],
)
def test_values_become_members(
    connection: Connection,
    before: str,
    after: str,
    mapping: dict[str, str],
    stored: str,
    read: list[str],
    back: list[str] | None,
) -> None:
    change = Change(f"x:{before}", f"x:{after}", None)
    field = child(change.before).fields[-1]
    create(connection, child(change.before))
    fill(connection, field, *stored)
    migration = migration_of(change, mapping=tuple(mapping.items()))

    run(connection, migration)

    assert values_in(connection, field) == read
    if back:
        run(connection, migration, "downgrade")
        assert values_in(connection, field) == [*back]
    else:
        with pytest.raises(CommandError, match="with another x than a, b, c: 2"):
            run(connection, migration, "downgrade")


@pytest.mark.parametrize(
    ("token", "value", "reason"),
    [
        ("x:str", " ", "should match pattern"),
        ("x:str:max=3", "abcd", "at most 3 characters"),
        ("x:str:min=3", "ab", "at least 3 characters"),
        ("x:str:pattern=^a+$:example=a,aa", "b", "should match pattern '^a+$'"),
        ("x:text:max=3", "abcd", "at most 3 characters"),
        ("x:int", "one", "one is no int, such as 0"),
        ("x:int", "2147483648", "less than or equal to 2147483647"),
        ("x:int:ge=3", "2", "greater than or equal to 3"),
        ("x:bigint", "9007199254740992", "less than or equal to 9007199254740991"),
        ("x:float", "nan", "should be a finite number"),
        ("x:float:le=0.5", "0.6", "less than or equal to 0.5"),
        ("x:decimal:4,2", "100", "must be text with 2 digits at most"),
        ("x:decimal:4,2", "1.234", "must be text with 2 digits at most"),
        ("x:money:ge=1", "0.99", "greater than or equal to 1"),
        ("x:int64", "9223372036854775808", "to 9223372036854775807"),
        ("x:int64", "007", "must be a whole number as text"),
        ("x:time", "08:30:00Z", "08:30:00Z is no time, such as 00:00:00"),
        ("x:time", "08:30", "must be a time of day such as 08:30:00"),
        ("x:duration", "90", "90 is no duration, such as PT0S"),
        ("x:duration:le=PT1H", "PT61M", "must be from -P1000000D to PT1H"),
        ("x:list:str", '["a", ""]', "must have at most 100 texts"),
        ("x:list:str", "a", "a is no list, such as []"),
        ("x:bool", "yes", "yes is no bool, such as false"),
        ("x:date", "2030-02-30", "2030-02-30 is no date"),
        ("x:date", "20300101", "must be a date such as"),
        ("x:datetime", "2030-01-01", "is no datetime"),
        ("x:datetime", "2030-01-01T00:00+00:00", "must be a time such as"),
        ("x:uuid:optional", "1", "1 is no uuid"),
        ("x:json", "[]", "[] is no json, such as {}"),
        ("x:json:Place", '{"name": ""}', "should match pattern"),
        ("x:email", "notanemail", "notanemail is no email"),
        ("x:url", "ftp://a", "ftp://a is no url"),
        ("x:enum:a,b", "c", "should be 'a' or 'b'"),
        ("x:ref:parent", "1", "1 is no ref"),
    ],
)
def test_value_of_existing_rows_is_one_that_a_request_may_send(
    token: str, value: str, reason: str
) -> None:
    change = FieldChange(None, parse_field(token), value)

    with pytest.raises(RefusedError) as refused:
        change_migration(child(), change, {"parent": PARENT}, "a")

    assert str(refused.value).startswith(f"{parse_field(token)}: {value}")
    assert reason in str(refused.value)


@pytest.mark.parametrize("rule", ["x > low", "low < x"])
def test_filled_value_keeps_the_rules(connection: Connection, rule: str) -> None:
    tokens = ["name:str", "low:int", "x:int:optional"]
    before = parse_feature("child", tokens, plural="children", checks=[rule])
    create(connection, before)
    with connection.begin():
        insert(connection, "children", f"{ID}1", name="n", low=3)
    low, high = (
        FieldChange(before.fields[-1], parse_field("x:int"), value) for value in ("3", "4")
    )

    (refused,), (done,) = (
        change_migration(before, change, {"parent": PARENT}, "a").values() for change in (low, high)
    )
    with pytest.raises(CommandError, match=f"Rows of children that would break {rule}: 1"):
        run(connection, refused)
    run(connection, done)

    assert values_in(connection, parse_field("x:int")) == [4]


def test_value_for_no_row_is_refused() -> None:
    with pytest.raises(RefusedError, match="leave out --backfill"):
        migration_of(Change("x:int", "x:bigint", None), backfill="4")
