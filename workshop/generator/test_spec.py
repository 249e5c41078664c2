"""What a feature may be, and what one is told about the rest."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel

from scaffold.errors import RefusedError
from scaffold.spec.check_feature import check_among
from scaffold.spec.constraints import constraints_of
from scaffold.spec.feature import Feature
from scaffold.spec.names import MODEL, MODEL_PREFIXES, plural_of
from scaffold.spec.parse import parse_feature, parse_field
from scaffold.spec.records import FOLDER, load_features, record

PROJECT = parse_feature("project", ["name:str:unique"])
USER = parse_feature("user", ["name:str"])
ACCOUNT = parse_feature("account", ["name:str:unique"], owned=True)


@pytest.mark.parametrize(
    "token",
    [
        "name:str:unique:max=100",
        "code:str:optional:index:min=2:max=8",
        "code:str:default=new",
        "code:str:pattern=^[a-z]+:[0-9]+$:example=a:1,b:2",
        "code:str:unique:pattern=^[a-z]+$:example=a,b",
        "notes:text:optional:max=2000",
        "rows:int:ge=0:default=0",
        "bytes_sent:bigint:index",
        "rate:float:ge=0:le=1",
        "amount:decimal:12,2:ge=0",
        "price:money:le=99.95",
        "done:bool:default=false",
        "due:date:default=2030-01-31",
        "paid_at:datetime:optional",
        "token:uuid:unique",
        "settings:json:optional",
        "address:email:unique",
        "site:url:optional:max=500",
        "status:enum:draft,sent,paid:default=draft",
        "project:ref",
        "project:ref:cascade",
        "reviewer:ref:user:set-null:optional",
    ],
)
def test_field_is_written_as_it_was_read(token: str) -> None:
    assert str(parse_field(str(parse_field(token)))) == str(parse_field(token))
    assert set(str(parse_field(token)).split(":")) == set(token.split(":"))


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("name:strr", "there is no type strr; did you mean str?"),
        ("name:str:uniqe", "there is no modifier uniqe; did you mean unique?"),
        ("name:str:max=5:max=6", "max is there twice"),
        (
            "count:int:max=3",
            "int does not take max=3; it takes default=, ge=, index, le=, optional, unique",
        ),
        ("notes:text:unique", "text does not take unique"),
        ("Name:str", "must be lower-case words"),
        ("class:str", "is a reserved word of Python"),
        ("order:int", "is a reserved word of SQL"),
        ("metadata:json", "is a reserved word of SQLModel"),
        ("model_fields:int", "is a reserved word of SQLModel"),
        ("model_dump_x:int", "is a reserved word of SQLModel"),
        ("version:int", "is a field of every feature"),
        ("cursor:str", "is a parameter of every list"),
        ("name:str:min=5:max=2", "min is greater than max"),
        ("name:str:max=2000", "has at most 1000 characters"),
        ("name:str:unique:max=800", "an index holds"),
        ("rows:int:ge=5:le=1", "ge must be less than le"),
        ("rows:int:ge=1.5", "1.5 is no int, such as 0"),
        ("rows:int:le=3000000000", "is beyond"),
        ("rate:float:le=nan", "le: nan is beyond"),
        ("amount:money:ge=nan", "ge: nan is no money, such as 0"),
        ("amount:money:ge=x", "ge: x is no money, such as 0"),
        ("rows:int:unique:ge=0:le=5", "needs 100 values"),
        ("rows:int:ge=0:default=-1", "default: -1 is beyond"),
        ("amount:decimal", "arguments are missing, as in amount:decimal:12,2"),
        ("amount:decimal:19,2", "there are at most 18 digits"),
        ("amount:decimal:12,2:ge=0.001", "has more than 2 places"),
        ("status:enum:draft", "two members or more"),
        ("status:enum:a,b:default=c", "default: c is none of a, b"),
        ("done:bool:default=yes", "default: yes is no bool, such as false"),
        ("due:date:default=tomorrow", "default: tomorrow is no date, such as 2000-01-01"),
        ("name:str:unique:default=a", "leave out unique"),
        ("name:str:unique:index", "leave out index"),
        ("code:str:default=ab:pattern=^[0-9]+$:example=1,2", "does not match the pattern"),
        ("code:str:pattern=^[$", "is no regular expression"),
        ("code:str:pattern=[a-z]", "from ^ to $"),
        ("code:str:pattern=^[^/]+$", "takes NUL"),
        ("code:str:pattern=^[a-z]+$", "needs two different examples or more at the end: example="),
        ("code:str:pattern=^[a-z]+$:example=a,a", "needs two different examples"),
        ("code:str:pattern=^[a-z]+$:example=a,1", "example: 1: it does not match the pattern"),
        ("code:str:pattern=^[a-z]+$:example=a,b:unique", "example: b:unique: it does not match"),
        ("code:str:max=3:pattern=^[a-z]{5}$:example=abcde,bcdef", "it has 1 to 3 characters"),
        ("code:str:example=a", "example goes with pattern"),
        ("project:ref:set-null", "set-null needs optional"),
    ],
)
def test_field_that_cannot_be_made_is_refused_with_a_reason(token: str, reason: str) -> None:
    with pytest.raises(RefusedError) as error:
        parse_field(token)

    assert reason in str(error.value)


@pytest.mark.parametrize(
    ("name", "tokens", "options", "reason"),
    [
        ("import", ["a:str"], {}, "is a reserved word of Python"),
        ("settings", ["a:str"], {}, "has a meaning of its own"),
        ("field", ["a:str"], {}, "has a meaning of its own"),
        ("sheep", ["a:str"], {"plural": "sheep"}, "must differ"),
        ("invoice", [], {}, "one field at least"),
        ("invoice", ["a:str", "a:int"], {}, "a is there twice"),
        ("invoice", ["a:int", "a_min:bool"], {}, "a_min is there twice"),
        ("invoice", ["a:str"], {"sort": "a"}, "there is no sort a; there is id, -id"),
        ("invoice", ["a:str"], {"unique": [["a", "b"]]}, "has no field b; it has a"),
        ("invoice", ["a:bool", "b:bool"], {"unique": [["a", "b"]]}, "few combinations"),
        ("invoice", ["a:ref:invoice"], {}, "needs optional"),
        ("invoice", ["owner_id:uuid"], {"owned": True}, "is a column of every owned feature"),
    ],
)
def test_feature_that_cannot_be_made_is_refused_with_a_reason(
    name: str, tokens: list[str], options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RefusedError) as error:
        parse_feature(name, tokens, **options)

    assert reason in str(error.value)


@pytest.mark.parametrize(
    ("feature", "reason"),
    [
        (parse_feature("invoice", ["projct:ref"]), "does not exist; did you mean project?"),
        (parse_feature("x" * 40, [f"{'y' * 40}:str:unique"]), "PostgreSQL would cut the name uq_"),
        (parse_feature("plan_item", ["a:str"], plural="projects"), "has this name already"),
        (parse_feature("project", ["task:ref"]), "two tables cannot need each other"),
        (parse_feature("invoice", ["account:ref"]), "account belongs to users"),
        (
            parse_feature("invoice", ["account:ref:set-null:optional"], owned=True),
            "set-null would clear the owner as well",
        ),
    ],
)
def test_feature_has_to_go_with_the_others(feature: Feature, reason: str) -> None:
    task = parse_feature("task", ["project:ref"])
    others = {each.name: each for each in (PROJECT, USER, ACCOUNT, task)}

    with pytest.raises(RefusedError) as error:
        check_among(feature, others)

    assert reason in str(error.value)


def test_what_is_owned_needs_users() -> None:
    with pytest.raises(RefusedError, match="there are no users to whom it could belong"):
        check_among(ACCOUNT, {})


def test_feature_is_recorded_and_read_again(tmp_path: Path) -> None:
    feature = parse_feature(
        "line_item",
        ["code:str:pattern=^[A-Z]{2}\\d+$:example=AB1,AB2", "project:ref", "day:date:index"],
        unique=[["project", "day"]],
        sort="-day",
    )
    feature = replace(
        feature, revision="b", down_revision="a", created=datetime(2026, 11, 21, 9, 29)
    )
    (tmp_path / FOLDER).mkdir(parents=True)
    for each in (PROJECT, feature):
        (tmp_path / FOLDER / f"{each.name}.toml").write_text(record(each), encoding="utf-8")

    assert load_features(tmp_path) == {"line_item": feature, "project": PROJECT}


def test_what_is_owned_is_unique_to_its_owner() -> None:
    note = parse_feature(
        "note",
        ["account:ref", "code:str:unique", "place:str", "due:date"],
        unique=[["account", "due"], ["place", "due"]],
        owned=True,
    )

    constraints = [*constraints_of(note, {"user": USER, "account": ACCOUNT})]

    unique = [each.columns for each in constraints if each.kind == "uq"]
    assert unique == [
        ("owner_id", "id"),
        ("owner_id", "code"),
        ("owner_id", "account_id", "due"),
        ("owner_id", "place", "due"),
    ]
    keys = {each.columns: each.parent_columns for each in constraints if each.kind == "fk"}
    assert keys == {("owner_id",): ("id",), ("account_id", "owner_id"): ("id", "owner_id")}


def test_sorts_and_filters_follow_from_the_fields() -> None:
    tokens = ["code:str:unique", "note:str:index:optional", "rank:int", "done:bool", "project:ref"]

    feature = parse_feature("task", tokens)

    assert feature.sorts == ("id", "-id", "code", "-code")
    assert [each.column for each in feature.equal_filters] == ["code", "note", "done", "project_id"]
    assert [each.column for each in feature.range_filters] == ["rank"]


def test_every_name_of_sqlmodel_is_reserved() -> None:
    names = {name for name in dir(SQLModel) if not name.startswith(("_", *MODEL_PREFIXES))}

    assert names <= MODEL


@pytest.mark.parametrize(
    ("name", "plural"),
    [("project", "projects"), ("category", "categories"), ("day", "days"), ("box", "boxes")],
)
def test_plural(name: str, plural: str) -> None:
    assert plural_of(name) == plural
