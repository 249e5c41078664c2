"""What a feature may be, and what one is told about the rest."""

import re
import tomllib
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from scaffold.errors import RefusedError
from scaffold.spec.changes.link import renaming
from scaffold.spec.checks.feature import check_among
from scaffold.spec.constraints import constraints_of
from scaffold.spec.feature import Feature
from scaffold.spec.field import RULES
from scaffold.spec.kinds import KINDS
from scaffold.spec.names import plural_of
from scaffold.spec.parse import parse_feature, parse_field
from scaffold.spec.parts import load_parts
from scaffold.spec.records import FOLDER, load_features, record
from scaffold.spec.rule import NUMBERS, parse_rule
from scaffold.write.requests import validated
from tests.contract import Field, duration, exact, integer, number, string

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
        "code:str:pattern=^[a-z]+$:example=a,b:unique",
        "note:text:default=To do: all",
        "title:str:example=Board meeting, Bonn",
        "price:money:ge=0:example=9.90",
        "code:str:unique:pattern=^[a-z]+$:example=a,b",
        "notes:text:optional:max=2000",
        "rows:int:ge=0:default=0",
        "bytes_sent:bigint:index",
        "rate:float:ge=0:le=1",
        "amount:decimal:12,2:ge=0",
        "price:money:le=99.95",
        "done:bool:default=false",
        "due:date:default=2030-01-31",
        "opens:time:index:default=08:30:00",
        "opens:time:unique:example=08:30",
        "wait:duration:ge=PT0S:le=P7D:default=PT1H30M",
        "number:int64:unique:ge=0:le=9223372036854775807",
        "tags:list:str",
        "tags:list:str:optional",
        "paid_at:datetime:optional",
        "paid_at:datetime:default=now",
        "opened:datetime:default=2030-01-01T00:00:00Z:example=2030-01-01T00:00:00+02:00",
        "seats:int:readonly:default=0",
        "place:json:PostalAddress:optional",
        "currency:enum:EUR,3d,S,In review,100%,it's:default=3d",
        "token:uuid:unique",
        "settings:json:optional",
        "address:email:unique",
        "site:url:optional:max=500",
        "status:enum:draft,sent,paid:default=draft",
        "status:enum:draft,sent,paid:default=draft:steps=draft>sent>paid,sent>draft",
        "project:ref",
        "project:ref:cascade",
        "reviewer:ref:user:set-null:optional",
    ],
)
def test_field_is_written_as_it_was_read(token: str) -> None:
    assert str(parse_field(str(parse_field(token)))) == str(parse_field(token))
    assert sorted(str(parse_field(token))) == sorted(token)


WRITTEN = [
    ("int", "1_000", "1000"),
    ("int", "٣٠", "30"),
    ("bigint", "+5", "5"),
    ("int64", "007", "7"),
    ("float", "1_0.5", "10.5"),
    ("float", ".5", "0.5"),
    ("money", ".5", "0.5"),
    ("decimal:9,3", "1_0", "10"),
    ("money", "-0", "0"),
    ("float", "-0.0", "0.0"),
    ("int", "-0", "0"),
    ("date", "20300131", "2030-01-31"),
    ("date", "2030-W05-1", "2030-01-28"),
    ("datetime", "20300131T0830+01:00", "2030-01-31T07:30:00Z"),
    ("time", "08:30", "08:30:00"),
]


@pytest.mark.parametrize(("kind", "given", "written"), WRITTEN)
def test_value_has_one_form_in_fields_and_rules(kind: str, given: str, written: str) -> None:
    field = parse_field(f"x:{kind}:default={given}")
    assert field.default == written
    feature = Feature("box", (field,), "boxes")
    validated(field, written, feature, {"box": feature}, "")  # as a request may send it
    if field.kind in NUMBERS | {"date"}:
        assert str(parse_rule(f"x >= {given}", {"x": field})) == f"x >= {written}"


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("name:strr", "there is no type strr; did you mean str?"),
        ("name:str:uniqe", "there is no modifier uniqe; did you mean unique?"),
        ("name:str:max=5:max=6", "max is there twice"),
        (
            "count:int:max=3",
            "int does not take max=3; it takes default=, example=, ge=, index, le=, optional,",
        ),
        ("notes:text:unique", "text does not take unique"),
        ("Name:str", "must be lower-case words"),
        ("class:str", "is a reserved word of Python"),
        ("lateral:str", "is a reserved word of postgresql that SQLAlchemy does not quote"),
        ("nothing:str", "is a reserved word of sqlite that SQLAlchemy does not quote"),
        ("ctid:str", "is a column that PostgreSQL adds to every table"),
        ("name:str:min=5:max=2", "min is greater than max"),
        ("name:str:max=2000", "has at most 1000 characters"),
        ("note:text:max=0", "max must be 1 at least"),
        ("name:str:unique:max=800", "an index holds"),
        ("rows:int:ge=5:le=1", "ge must be less than le"),
        ("rows:int:ge=1.5", "1.5 is no int, such as 0"),
        ("rows:int:le=3000000000", "is beyond"),
        ("rate:float:le=nan", "le: NaN is beyond"),
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
        ("rank:int:search", "int does not take search"),
        ("code:str:search:pattern=^[a-z]+$:example=a,b", "index instead of search"),
        ("api_token:str:default=abc", "a secret has no default"),
        ("code:str:default=ab:pattern=^[0-9]+$:example=1,2", "does not match the pattern"),
        ("code:str:pattern=^[$", "is no regular expression"),
        ("code:str:pattern=[a-z]", "from ^ to $"),
        ("code:str:pattern=^[^/]+$", "takes NUL"),
        (r"code:str:pattern=^[\w.-]{1,255}$:example=a,b", "Pydantic cannot read the pattern"),
        ("code:str:pattern=^[a-z]+$", "needs two different examples or more: example="),
        ("code:str:pattern=^[a-z]+$:example=a,a", "needs two different examples"),
        ("code:str:pattern=^[a-z]+$:example=a,1", "example: 1: it does not match the pattern"),
        ("code:str:pattern=^[a-z]+$:example=a,b:uniqe", "example: b:uniqe: it does not match"),
        ("code:str:max=3:pattern=^[a-z]{5}$:example=abcde,bcdef", "it has 1 to 3 characters"),
        ("code:str:max=3:example=abcd", "example: abcd: it has 1 to 3 characters"),
        ("count:int:le=5:example=6", "example: 6: 6 is beyond"),
        ("mail:email:example=nobody", "example: nobody: nobody is no email"),
        ("due:date:example=now", "example: now: now is no date"),
        ("at:datetime:default=2030-01-01T00:00:00", "is no datetime, such as 2000-01-01T00:00:00Z"),
        ("count:int:default=now", "default: now is no int"),
        ("count:int:readonly", "what only the service sets has a default, or is optional"),
        ("level:enum:a, b", "' b': it has 1 to 100 characters and no space around"),
        ('level:enum:a,"b"', "without quotes"),
        ("place:json:address", "there is no modifier address"),
        ("place:json:Decimal", "Decimal has a meaning of its own in the files of a feature"),
        ("place:json:Post-Address", "the model of a json is a class, such as PostalAddress"),
        ("at:time:default=08:30:00Z", "default: 08:30:00Z is no time, such as 00:00:00"),
        ("at:time:default=24:00:01", "is no time"),
        ("at:time:default=now", "default: now is no time"),
        ("names:list", "arguments are missing, as in names:list:str"),
        ("names:list:int", "a list is one of texts: list:str"),
        ("names:list:str:unique", "list does not take unique; it takes optional, readonly"),
        ("wait:duration:ge=P1M", "ge: P1M is no duration, such as PT0S"),
        ("wait:duration:ge=PT2H:le=P0DT1H", "ge must be less than le"),
        ("wait:duration:unique", "duration does not take unique"),
        ("number:int64:default=9223372036854775808", "is beyond -9223372036854775808 to"),
        ("number:int64:ge=1.5", "ge: 1.5 is no int64, such as 0"),
        ("project:ref:set-null", "set-null needs optional"),
        ("status:enum:a,b:optional:steps=a>b", "always has a value"),
        ("status:enum:a,b:steps=a", "in quotes: 'steps=draft>sent>paid,draft>void'"),
        ("status:enum:a,b:steps=a>a", "in quotes"),
        ("status:enum:a,b:steps=a>c", "steps: c is none of a, b"),
        ("status:enum:a,b:default=b:steps=a>b", "steps: none begins at b"),
        ("name:str:steps=a>b", "str does not take steps=a>b"),
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
        ("sheep", ["a:str"], {"plural": "sheep"}, "must differ"),
        ("invoice", [], {}, "one field at least"),
        ("invoice", ["a:str", "a:int"], {}, "a is there twice"),
        ("invoice", ["a:int", "a:ref"], {}, "a is there twice: write a_row:ref:a"),
        ("invoice", ["a:int", "a_min:bool"], {}, "a_min is there twice"),
        ("invoice", ["a:enum:x,y", "a_in:bool"], {}, "a_in is there twice"),
        ("invoice", ["a_null:str", "a:json:optional"], {}, "a_null is there twice"),
        ("invoice", ["a:str:search", "q:int"], {}, "q is there twice"),
        ("invoice", ["a:str"], {"sort": "a"}, "there is no sort a; there is id, -id"),
        ("invoice", ["a:str"], {"unique": [["a", "b"]]}, "has no field b; it has a"),
        ("invoice", ["a:bool", "b:bool"], {"unique": [["a", "b"]]}, "few combinations"),
        ("invoice", ["a:list:str", "b:str"], {"unique": [["a", "b"]]}, "lists, float and what"),
        ("invoice", ["a:ref:invoice"], {}, "needs optional"),
        ("invoice", ["a:str", "a:ref:b:include"], {}, "a is there twice"),
        ("note", [f"{n}:text:max=90000:search" for n in "abc"], {}, "a search has at most 262,143"),
        ("invoice", ["include:bool", "a:ref:b:include"], {}, "include is there twice"),
        ("invoice", ["a:enum:x,y:steps=x>y", "b:enum:x,y:steps=x>y"], {}, "one field at most"),
        ("place", ["a:json:PlaceCreate"], {}, "PlaceCreate: begins with the name of the feature"),
        ("invoice", ["a:str:optional:readonly"], {}, "one field at least that requests set"),
        ("invoice", ["a:int", "b:int"], {"checks": ["a = b"]}, "a rule is a field, one of <, <=,"),
        ("invoice", ["a:int", "b:int"], {"checks": ["a == b"]}, "a rule is a field, one of <, <=,"),
        ("invoice", ["a:int"], {"checks": ["0 < a"]}, "a rule is a field, one of"),
        ("invoice", ["a:int"], {"checks": ["a > b"]}, "a > b: b is not a field of the feature"),
        ("invoice", ["a:int", "b:str"], {"checks": ["a > b"]}, "str cannot be compared"),
        ("invoice", ["a:int", "b:date"], {"checks": ["a > b"]}, "int and date cannot be compared"),
        ("invoice", ["a:money", "b:decimal:9,3"], {"checks": ["a > b"]}, "as many places"),
        ("invoice", ["a:money"], {"checks": ["a > 1.5"]}, "ge= and le= are limits of one"),
        ("invoice", ["a:datetime"], {"checks": ["a > 2030-01-01T00:00:00Z"]}, "with another field"),
        ("invoice", ["a:date"], {"checks": ["a > now"]}, "now is not a field of the feature"),
        ("invoice", ["a:date"], {"checks": ["a > soon!"]}, "soon! is no date, such as"),
        ("invoice", ["a:datetime"], {"checks": ["a > created_at"]}, "created_at is not a field of"),
        ("invoice", ["a:datetime"], {"checks": ["updated_at > a"]}, "updated_at is not a field of"),
        ("invoice", ["a:int:unique", "b:int"], {"checks": ["a > b"]}, "unique cannot be compared"),
        ("invoice", ["a:ref:b", "c:ref:d"], {"checks": ["a != c"]}, "to the same feature"),
        ("invoice", ["a:int", "b:int"], {"checks": ["a > b", "a > b"]}, "a rule is there twice"),
        ("invoice", ["a:int", "b:int"], {"checks": ["a > b", "b > a"]}, "contradict each other"),
        ("invoice", ["a:int:ge=5", "b:int:le=4"], {"checks": ["a > b"]}, "found no values"),
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
        (parse_feature("x" * 54, ["y:str:search"]), "PostgreSQL would cut the name search_of_"),
        (parse_feature("plan_item", ["a:str"], plural="projects"), "has this name already"),
        (parse_feature("visit", ["a:json:Place"]), "task has a model Place already"),
        (parse_feature("project", ["task:ref"]), "one of the two is optional"),
        (
            parse_feature("x", ["name:str:unique"], plural="uq_projects_name"),
            "project has a table or an index uq_projects_name already",
        ),
        (parse_feature("invoice", ["account:ref"]), "account belongs to users"),
        (
            parse_feature("invoice", ["account:ref:set-null:optional"], owned=True),
            "set-null would clear the owner as well",
        ),
    ],
)
def test_feature_has_to_go_with_the_others(feature: Feature, reason: str) -> None:
    task = parse_feature("task", ["project:ref", "where_to:json:Place"])
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
        [
            "code:str:pattern=^[A-Z]{2}\\d+$:example=AB1,AB2",
            "project:ref",
            "day:date:index",
            "other:ref:project",
        ],
        unique=[["other", "project"]],
        checks=["day>=2030-01-01", "other != project"],
        sort="-day",
    )
    assert feature.checks == ("day >= 2030-01-01", "other_id != project_id")
    feature = replace(
        feature, revision="b", down_revision="a", created=datetime(2026, 11, 21, 9, 29)
    )
    (tmp_path / FOLDER).mkdir(parents=True)
    for each in (PROJECT, feature):
        (tmp_path / FOLDER / f"{each.name}.toml").write_text(record(each), encoding="utf-8")

    assert load_features(tmp_path) == {"line_item": feature, "project": PROJECT}


@pytest.mark.parametrize(
    "token",
    [
        r"code:str:pattern=^\d.+$:example=1's,2's",
        r"code:str:pattern=^\w+$:example=a,b",
        "state:enum:it's,#1,[x]:default=it's",
        "note:text:default={x} – 'y'",
    ],
)
def test_record_can_be_read_whatever_signs_a_token_has(token: str) -> None:
    read = tomllib.loads(record(parse_feature("box", [token])))

    assert read["fields"] == [str(parse_field(token))]


@pytest.mark.parametrize(
    ("old", "new"), [("author", "writer"), ("author_id", "writer_id"), ("author_id", "writer")]
)
def test_reference_is_renamed_by_its_name_or_its_column(old: str, new: str) -> None:
    change = renaming(parse_feature("book", ["author:ref:user"]), old, new)

    assert str(change.new) == "writer:ref:user"


@pytest.mark.parametrize(
    ("field", "values"),
    [
        (integer(0, 1), [0, 1]),
        (exact(3, 2, "0.00", "0.01"), ["0.00", "0.01"]),
        (exact(2, 1, "9.8"), ["9.8", "9.9"]),
        (exact(2, 1, None, "-9.8"), ["-9.9", "-9.8"]),
        (number(1e16, 1.0000000000000002e16), [1e16, 1.0000000000000002e16]),
        (duration("PT0S", "PT0.000001S"), ["PT0S", "PT0.000001S"]),
    ],
)
def test_narrow_limits_leave_two_values_to_the_tests(field: Field, values: list[object]) -> None:
    assert field.values == values


def test_unique_text_of_one_character_does_not_run_out() -> None:
    fresh = string(longest=1, shortest=1).fresh

    assert fresh
    assert len({fresh(number) for number in range(10_000)}) == 10_000


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

    assert feature.sorts == ("id", "-id", "code", "-code", "note", "-note")
    assert {each.column: each.filters for each in feature.fields} == {
        "code": ("", "_in"),
        "note": ("", "_in", "_null"),
        "rank": ("_min", "_max"),
        "done": ("",),
        "project_id": ("", "_in"),
    }


def test_rows_with_steps_begin_where_the_first_step_does() -> None:
    field = parse_field("status:enum:paid,sent,draft:steps=draft>sent>paid,sent>draft")

    assert field.default == "draft"
    assert field.following == {"paid": [], "sent": ["paid", "draft"], "draft": ["sent"]}


def test_page_has_every_type_with_its_modifiers() -> None:
    table = Path("docs/features.md").read_text(encoding="utf-8").split("| holds |")[1]
    rows = re.findall(r"^\| `(\w+).*\|(.*) \|$", table.split("\n\n")[0], re.MULTILINE)
    taken = {kind: {*re.findall(r"[a-z][a-z-]*", takes)} for kind, takes in rows if kind != "money"}

    assert taken == {
        kind: {*facts.modifiers.split()} - {"optional", "readonly"}
        | ({*RULES[1:]} if kind == "ref" else set())
        for kind, facts in KINDS.items()
        if kind != "money"
    }


@pytest.mark.parametrize(
    ("name", "plural"),
    [
        ("project", "projects"),
        ("category", "categories"),
        ("day", "days"),
        ("box", "boxes"),
        ("status", "statuses"),
        ("person", "people"),
        ("contact_person", "contact_people"),
        ("woman", "women"),
        ("human", "humans"),
        ("child", "children"),
        ("analysis", "analyses"),
        ("quiz", "quizzes"),
        ("series", "series"),
    ],
)
def test_plural(name: str, plural: str) -> None:
    assert plural_of(name) == plural


@pytest.mark.parametrize(
    ("path", "before", "key"),
    [
        ("features/ml_model.toml", "", "nonsense"),
        ("features/ml_model.toml", "[migration]\n", "by_hand"),
        ("features/ml_model.toml", "[nonsense]\n", "nonsense"),
        ("capabilities/files.toml", "", "nonsense"),
        ("capabilities/files.toml", "[nonsense]\n", "nonsense"),
        ("capabilities/files.toml", "[lines]\n", "needs"),
        ("capabilities/files.toml", "[[joints]]\n", "packages"),
        ("capabilities/ingestion.toml", "[joints.lines]\n", "files"),
    ],
)
def test_key_that_a_table_of_a_record_cannot_have_is_named(
    tmp_path: Path, path: str, before: str, key: str
) -> None:
    copy = tmp_path / "scaffold" / path
    copy.parent.mkdir(parents=True)
    text = Path("scaffold", path).read_text(encoding="utf-8")
    at = text.find(before) + len(before)
    if before in text:
        copy.write_text(f'{text[:at]}{key} = ["a"]\n{text[at:]}', encoding="utf-8")
    else:
        copy.write_text(f'{text}\n{before}{key} = ["a"]\n', encoding="utf-8")

    with pytest.raises(RefusedError, match=rf"{path}: {key} is not a key of .*, which has "):
        load_parts(tmp_path)
