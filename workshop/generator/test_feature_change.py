"""Changes of a feature as a whole, with rows in its table."""

from pathlib import Path

import pytest
from alembic.util import CommandError
from sqlalchemy import Connection, text

from scaffold.migrate.alter import change_migration
from scaffold.migrate.create import create_migration
from scaffold.spec.changes.feature import FeatureChange
from scaffold.spec.feature import Feature
from scaffold.spec.parse import parse_feature
from scaffold.spec.records import load_features
from workshop.generator.conftest import Scaffold
from workshop.generator.migrated import described, run
from workshop.generator.test_rows import ID, insert

USER = parse_feature("user", ["email:email:unique"])
BOOK = parse_feature("book", ["title:str:unique", "low:int", "high:int", "part:ref:book:optional"])
NOTE = parse_feature("note", ["book:ref", "text:text"], owned=True)


def create(connection: Connection, *features: Feature) -> None:
    for each in features:
        run(connection, create_migration(each, {one.name: one for one in features}))
    with connection.begin():
        for letter in "ab":
            insert(connection, "users", ID + letter, email=f"{letter}@example.org")


def fill(connection: Connection, *pairs: tuple[int, int]) -> None:
    with connection.begin():
        for number, (low, high) in enumerate(pairs):
            insert(connection, "books", f"{ID}{number}", title=str(number), low=low, high=high)


def migration_of(feature: Feature, *others: Feature, **options: object) -> str:
    features = {each.name: each for each in (feature, *others)}
    change = FeatureChange(**options)  # type: ignore[arg-type]  # whatever the test gives
    (migration,) = change_migration(feature, change, features, "a").values()
    return migration


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"unique": [["low", "high"]]}, "with the same low and high as another one: 2"),
        ({"checks": ["high > low"]}, "that break high > low: 1"),
        ({"checks": ["low >= 1"]}, "that break low >= 1: 1"),
        ({"owned": True}, "without owner_id: 4"),
        ({"owned": True, "owner": "nobody@example.org"}, "that would refer to none of users: 4"),
    ],
)
def test_rows_that_do_not_fit_are_counted(
    connection: Connection, options: dict[str, object], words: str
) -> None:
    create(connection, USER, BOOK)
    fill(connection, (1, 2), (1, 2), (0, 3), (5, 4))
    before = described(connection, "books")

    with pytest.raises(CommandError, match=f"Rows of books {words}"):
        run(connection, migration_of(BOOK, USER, **options))

    assert described(connection, "books") == before


@pytest.mark.parametrize(
    "options",
    [
        {"unique": [["low", "high"]]},
        {"checks": ["high > low"]},
        {"owned": True, "owner": "A@example.org"},
        {"owned": True, "owner": "a@example.org", "unique": [["low", "part_id"]]},
    ],
)
def test_rows_that_fit_stay(connection: Connection, options: dict[str, object]) -> None:
    create(connection, USER, BOOK)
    before = described(connection, "books")
    fill(connection, (1, 2), (1, 3))
    migration = migration_of(BOOK, USER, **options)

    run(connection, migration)

    query = "SELECT title, low, high FROM books ORDER BY id"
    assert [*connection.execute(text(query))] == [("0", 1, 2), ("1", 1, 3)]
    connection.rollback()
    after = described(connection, "books")
    run(connection, migration, "downgrade")
    assert described(connection, "books") == before
    run(connection, migration)
    assert described(connection, "books") == after


@pytest.mark.parametrize("owner", ["a", "b"])
def test_references_take_the_owner_along(connection: Connection, owner: str) -> None:
    create(connection, USER, BOOK, NOTE)
    before = described(connection, "notes")
    fill(connection, (1, 2))
    with connection.begin():
        keys = {"book_id": f"{ID}0", "owner_id": f"{ID}a"}
        insert(connection, "notes", f"{ID}1", text="", **keys)
    migration = migration_of(BOOK, USER, NOTE, owned=True, owner=f"{owner}@example.org")

    if owner == "b":
        with pytest.raises(CommandError, match="Rows of notes of other owners: 1"):
            run(connection, migration)
        assert described(connection, "notes") == before
        return
    run(connection, migration)
    after = described(connection, "notes")
    (keys,) = [each for name, each in after["keys"].items() if "books" in name]  # type: ignore[attr-defined]
    assert keys["constrained_columns"] == ["book_id", "owner_id"]
    run(connection, migration, "downgrade")
    assert described(connection, "notes") == before


@pytest.fixture
def two(scaffold: Scaffold) -> Scaffold:
    scaffold("add", "team", "name:str", "rank:int:index")
    scaffold("add", "player", "team:ref", "name:str")
    return scaffold


def text_of(root: Path, path: str) -> str:
    return (root / path).read_text(encoding="utf-8")


def test_feature_is_changed_and_changed_back(root: Path, two: Scaffold) -> None:
    record = text_of(root, "scaffold/features/player.toml").partition("[migration]")[0]

    changed = two("feature", "change", "player", "--unique", "team,name", "--sort", "id")
    again = two("feature", "change", "player", "--unique", "team,name")

    assert changed.code == again.code == 0
    assert "Nothing to change" in again.out
    assert 'UniqueConstraint("team_id", "name")' in text_of(root, "src/models/player.py")
    assert 'sort: Literal["id", "-id"] = "id"' in text_of(root, "src/schemas/player.py")
    assert 'unique = [("team_id", "name")]' in text_of(root, "tests/integration/test_players.py")
    two("feature", "change", "player", "--drop-unique", "team,name", "--sort=-id")
    assert text_of(root, "scaffold/features/player.toml").strip() == record.strip()


def test_rule_comes_and_goes(root: Path, two: Scaffold) -> None:
    before = text_of(root, "src/models/team.py")

    two("feature", "change", "team", "--check", "rank > 0")

    assert load_features(root)["team"].checks == ("rank > 0",)
    assert "rank > 0 must hold" in text_of(root, "src/models/team.py")
    two("feature", "change", "team", "--drop-check", "rank>0")
    assert text_of(root, "src/models/team.py") == before


def test_owner_comes_to_what_is_referred_to(root: Path, two: Scaffold) -> None:
    refused = two("feature", "change", "team", "--owned")
    assert refused.code == 2
    assert "team belongs to users, so what refers to it has to: --owned" in refused.err

    assert two("feature", "change", "player", "--owned").code == 0
    assert two("feature", "change", "team", "--owned").code == 0

    assert '["team_id", "owner_id"]' in text_of(root, "src/models/player.py")
    assert "provide_owned" in text_of(root, "src/api/routes/teams.py")


def test_two_features_refer_to_each_other(root: Path, two: Scaffold) -> None:
    refused = two("field", "add", "team", "captain:ref:player")
    added = two("field", "add", "team", "captain:ref:player:optional")

    assert refused.code == 2
    assert "player refers to team: one of the two is optional" in refused.err
    assert added.code == 0
    assert "use_alter=True" in text_of(root, "src/models/team.py")
    assert 'reference("/api/v1/players"' in text_of(root, "tests/integration/test_teams.py")
    assert "needed by player" in two("remove", "team").err
    two("field", "drop", "team", "captain")
    assert two("remove", "player").code == 0
    assert two("remove", "team").code == 0


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--unique", "team,nam"], "player has no field nam"),
        (["--unique", "name"], "two fields or more"),
        (["--check", "name > team"], "cannot be compared"),
        (["--sort", "name"], "there is no sort name; there is id, -id"),
        (["--drop-unique", "team,name"], "There is no team_id,name"),
        (["--drop-check", "team != team"], "There is no"),
        (["--owner", "a@example.org"], "--owner goes with --owned"),
        (["--owned", "--owner", "ada"], "--owner: ada is no email"),
    ],
)
def test_refusal_says_why(two: Scaffold, options: list[str], reason: str) -> None:
    refused = two("feature", "change", "player", *options)

    assert refused.code == 2
    assert reason in refused.err


@pytest.mark.parametrize(
    ("there", "back"),
    [("team:ref", "captain:ref:player:optional"), ("teams:many", "players:many")],
)
def test_features_that_lead_to_each_other_become_owned_as_they_are_told(
    scaffold: Scaffold, there: str, back: str
) -> None:
    wanted = [
        ("add", "team", "name:str"),
        ("add", "player", "name:str", there),
        ("field", "add", "team", back),
        ("field", "drop", "team", back.partition(":")[0]),
        ("feature", "change", "player", "--owned"),
        ("feature", "change", "team", "--owned"),
        ("field", "add", "team", back),
    ]
    for each in wanted[:3]:
        assert scaffold(*each).code == 0

    for name, other in (("team", "player"), ("player", "team")):
        refused = scaffold("feature", "change", name, "--owned")
        assert refused.code == 2
        assert f"by which {name} leads to {other}, change {other}, then {name}" in refused.err

    for each in wanted[3:]:
        done = scaffold(*each)
        assert done.code == 0, done.err
    assert scaffold("list").err == ""
