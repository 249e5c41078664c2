"""Links as people write, change and drop them, with links in the table."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.util import CommandError
from sqlalchemy import Connection, text

from scaffold.errors import RefusedError
from scaffold.migrate.alter import change_migration
from scaffold.migrate.create import CONTRACT, create_migration
from scaffold.spec.changes.feature import Change, FeatureChange
from scaffold.spec.changes.link import LinkChange
from scaffold.spec.checks.feature import check_among
from scaffold.spec.feature import Feature
from scaffold.spec.link import Link
from scaffold.spec.parse import parse_feature, parse_job
from scaffold.spec.records import load_features
from tests.unit.test_rolling_migrations import unmarked
from workshop.generator.conftest import Scaffold
from workshop.generator.migrated import described, run
from workshop.generator.test_render import faults_of
from workshop.generator.test_rows import ID, insert

USER = parse_feature("user", ["email:email:unique"])
TAG = parse_feature("tag", ["name:str"])
LABEL = parse_feature("label", ["name:str"], owned=True)
PLAIN = parse_feature("article", ["title:str"])
ARTICLE = parse_feature("article", ["title:str", "tags:many", "others:many:article"])
NOTE = parse_feature("article", ["title:str", "labels:many", "tags:many"], owned=True)


def migration_of(feature: Feature, change: Change, *others: Feature) -> str:
    features = {each.name: each for each in (feature, *others)}
    (migration,) = change_migration(feature, change, features, "a").values()
    assert faults_of({"alembic/versions/b.py": migration}) == ""
    assert not [*unmarked(migration)]
    return migration


def create(connection: Connection, *features: Feature) -> None:
    for each in features:
        run(connection, create_migration(each, {one.name: one for one in features}))
    with connection.begin():
        for letter in "ab":
            insert(connection, "users", ID + letter, email=f"{letter}@example.org")
        for each in features[1:]:
            for letter in "ab":
                own = {"owner_id": f"{ID}a"} if each.owned else {}
                name = each.fields[0].column
                insert(connection, each.plural, ID + letter, **{name: letter}, **own)


def link(connection: Connection, table: str, **keys: str) -> None:
    names, marks = ", ".join(keys), ", ".join(f":{name}" for name in keys)
    values = {name: ID + letter for name, letter in keys.items()}
    statement = f"INSERT INTO {table} ({names}, created_at) VALUES ({marks}, '2026-01-01 00:00:00')"  # noqa: S608
    with connection.begin():
        connection.execute(text(statement), values)


def linked(connection: Connection, table: str, *names: str) -> list[tuple[str, ...]]:
    rows = connection.execute(text(f"SELECT {', '.join(names)} FROM {table}")).all()  # noqa: S608
    connection.rollback()
    return sorted(tuple(str(value)[-1] for value in row) for row in rows)


def test_links_come_and_go(connection: Connection) -> None:
    create(connection, USER, TAG, ARTICLE)
    tables = ("article_tags", "article_others")
    wanted = [described(connection, table) for table in tables]
    run(connection, create_migration(ARTICLE, {"tag": TAG}), "downgrade")
    run(connection, create_migration(PLAIN, {"tag": TAG}))
    added = migration_of(PLAIN, LinkChange(None, ARTICLE.links[0]), TAG)
    other = parse_feature("article", ["title:str", "tags:many"])
    more = migration_of(other, LinkChange(None, ARTICLE.links[1]), TAG)

    for each in (added, more):
        run(connection, each)
    assert [described(connection, table) for table in tables] == wanted
    run(connection, more, "downgrade")
    dropped = migration_of(other, LinkChange(other.links[0], None), TAG)
    run(connection, dropped)
    run(connection, dropped, "downgrade")
    assert described(connection, "article_tags") == wanted[0]
    assert CONTRACT in dropped
    assert CONTRACT not in added


def test_links_keep_their_rows_under_another_name(connection: Connection) -> None:
    create(connection, USER, TAG, ARTICLE)
    for table, key in (("article_tags", "tag_id"), ("article_others", "other_id")):
        link(connection, table, article_id="a", **{key: "b"})
        link(connection, table, article_id="b", **{key: "b"})
    before = described(connection, "article_others")

    for old, name, key in (
        (ARTICLE.links[0], "labels", "label"),
        (ARTICLE.links[1], "seen", "seen"),
    ):
        migration = migration_of(ARTICLE, LinkChange(old, Link(name, old.target)), TAG)
        run(connection, migration)
        pairs = linked(connection, f"article_{name}", "article_id", f"{key}_id")
        assert pairs == [("a", "b"), ("b", "b")]
        run(connection, migration, "downgrade")
        assert linked(connection, f"article_{old.name}", "article_id", old.column) == pairs
    assert described(connection, "article_others") == before


def test_links_keep_their_rows_in_a_table_whose_name_is_reserved(connection: Connection) -> None:
    current = parse_feature("current", ["title:str", "user:many:tag"])
    create(connection, USER, TAG, current)
    link(connection, '"current_user"', current_id="a", user_id="b")
    rename = LinkChange(current.links[0], Link("labels", "tag"))

    migration = migration_of(current, rename, TAG)
    run(connection, migration)

    assert linked(connection, "current_labels", "current_id", "label_id") == [("a", "b")]
    run(connection, migration, "downgrade")
    assert linked(connection, '"current_user"', "current_id", "user_id") == [("a", "b")]


def test_table_of_links_that_no_database_could_name_is_refused() -> None:
    with pytest.raises(
        RefusedError, match="its table system_user is a reserved word of postgresql"
    ):
        parse_feature("system", ["title:str", "user:many:tag"])


def test_links_take_the_owner_of_the_row_that_has_them(connection: Connection) -> None:
    create(connection, USER, TAG, ARTICLE)
    link(connection, "article_tags", article_id="a", tag_id="b")
    link(connection, "article_others", article_id="a", other_id="b")
    tables = ("article_tags", "article_others")
    before = [described(connection, table) for table in tables]
    change = FeatureChange(owned=True, owner="b@example.org")
    migration = migration_of(ARTICLE, change, TAG, USER)

    run(connection, migration)

    after = [described(connection, table) for table in tables]
    for table, key in zip(tables, ("tag_id", "other_id"), strict=True):
        assert linked(connection, table, "article_id", key, "owner_id") == [("a", "b", "b")]
    run(connection, migration, "downgrade")
    assert [described(connection, table) for table in tables] == before
    run(connection, migration)
    assert [described(connection, table) for table in tables] == after
    run(connection, create_migration(ARTICLE, {"tag": TAG}), "downgrade")
    owned = change.of(ARTICLE)
    run(connection, create_migration(owned, {"tag": TAG, "user": USER}))
    assert [described(connection, table) for table in tables] == after


@pytest.mark.parametrize("owner", ["a", "b"])
def test_what_is_linked_becomes_its_owners(connection: Connection, owner: str) -> None:
    create(connection, USER, TAG, LABEL, NOTE)
    link(connection, "article_tags", article_id="a", tag_id="b", owner_id="a")
    link(connection, "article_labels", article_id="a", label_id="b", owner_id="a")
    before = described(connection, "article_tags")
    change = FeatureChange(owned=True, owner=f"{owner}@example.org")
    migration = migration_of(TAG, change, LABEL, NOTE, USER)

    if owner == "b":
        with pytest.raises(CommandError, match="Rows of article_tags of other owners: 1"):
            run(connection, migration)
        assert described(connection, "article_tags") == before
        return
    run(connection, migration)

    assert linked(connection, "article_tags", "article_id", "tag_id") == [("a", "b")]
    keys: Any = described(connection, "article_tags")["keys"]
    assert keys["fk_article_tags_tag_id"]["referred_columns"] == ["id", "owner_id"]
    run(connection, migration, "downgrade")
    assert described(connection, "article_tags") == before


@pytest.mark.parametrize(
    ("tokens", "reason"),
    [
        (
            ["tags:many:tag:optional"],
            "links take a feature and include, as in tags:many:tag:include",
        ),
        (["articles:many"], "article_id would be both rows: choose another name"),
        (["tags:many", "tags:int"], "tags is there twice"),
        (["tags:many", "tags:many"], "tags is there twice"),
        (["tags:many", "tag:ref"], "tag_id is there twice"),
        (["tags:many:include", "include:str:unique"], "include is there twice"),
        (["tag_id_in:many:tag:include", "tags:many"], "tag_id_in is there twice"),
        (["tags:many", "labels:many:tag", "label_id_in:str"], "label_id_in is there twice"),
        (["class:many:tag"], "class is a reserved word"),
        (["Tags:many:tag"], "Tags must be lower-case words"),
    ],
)
def test_links_that_cannot_be_are_refused(tokens: list[str], reason: str) -> None:
    with pytest.raises(RefusedError) as error:
        parse_feature("article", ["title:str", *tokens])

    assert reason in str(error.value)


@pytest.mark.parametrize(
    ("tokens", "reason"),
    [
        (["tags:many:tg"], "tg, which does not exist; did you mean tag?"),
        (["houses:many"], "Name the feature, as in houses:many:tag"),
        (["labels:many"], "label belongs to users, so what is linked with it has to: --owned"),
        (["users:many"], "only administrators see users"),
        (["votes:many:tag"], "article_vote has a table or a class ArticleVote already"),
        (["voters:many:tag"], "ballot has a table or a class article_voters already"),
        ([f"{'x' * 60}:many:tag"], "PostgreSQL would cut the name"),
    ],
)
def test_links_that_do_not_go_with_the_others_are_refused(tokens: list[str], reason: str) -> None:
    vote = parse_feature("article_vote", ["name:str"])
    ballot = parse_feature("ballot", ["name:str"], plural="article_voters")
    others = {each.name: each for each in (TAG, LABEL, USER, vote, ballot)}

    with pytest.raises(RefusedError) as error:
        check_among(parse_feature("article", ["title:str", *tokens]), others)

    assert reason in str(error.value)


def test_class_of_links_is_no_features() -> None:
    feature = parse_feature("article_tag", ["name:str"], plural="labels")

    with pytest.raises(RefusedError, match="article has a table or a class ArticleTag already"):
        check_among(feature, {"article": ARTICLE, "tag": TAG})


def test_job_has_no_links() -> None:
    with pytest.raises(RefusedError, match="links belong to a feature"):
        parse_job("tidy", ["tags:many"])


@pytest.mark.parametrize(
    ("token", "target", "column"),
    [
        ("tags:many", "tag", "tag_id"),
        ("categories:many", "category", "category_id"),
        ("people:many", "person", "person_id"),
        ("boxes:many", "box", "box_id"),
        ("houses:many", "house", "house_id"),
        ("tags:many:include", "tag", "tag_id"),
        ("labels:many:tag:include", "tag", "label_id"),
        ("analyses:many:analysis", "analysis", "analysis_id"),
        ("labels:many:tag", "tag", "label_id"),
        ("related:many:tag", "tag", "related_id"),
    ],
)
def test_links_are_named_in_the_plural(token: str, target: str, column: str) -> None:
    link = Link.read(token)

    assert (link.target, link.column, str(link)) == (target, column, token)


def test_links_of_owned_and_shared_rows_pass_their_tests(
    root: Path, scaffold: Scaffold, pytestconfig: pytest.Config
) -> None:
    for command in (
        "add topic name:str",
        "add label name:str --owned",
        "add essay title:str --owned topics:many labels:many:include related:many:essay",
        "field add label essays:many",
        "field change label essays:many:include",
        "field change essay topics:many:include",
    ):
        assert scaffold(*command.split()).code == 0
    tests = ["tests/integration/test_essays.py", "tests/integration/test_labels.py"]
    options = ["--postgres"] if pytestconfig.getoption("--postgres") else []
    tested = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-k",
        "link or filter or includ",
        *options,
        *tests,
    ]

    done = subprocess.run(tested, cwd=root, check=False, capture_output=True, encoding="utf-8")

    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_files_follow_the_links(root: Path, scaffold: Scaffold) -> None:
    for command in (
        "add topic name:str",
        "add essay title:str topics:many",
        "add topic name:str",
    ):
        assert scaffold(*command.split()).code == 0
    assert scaffold("add", "essay", "title:str").code != 0
    assert "topic is needed by essay" in scaffold("remove", "topic").err
    refused = scaffold("field", "add", "essay", "themes:many:topic", "--backfill", "a")
    assert "leave out --backfill" in refused.err
    for other in ("topics:many:essay", "title:many:topic", "topics:str"):
        assert scaffold("field", "change", "essay", other).code != 0
    refused = scaffold("field", "change", "essay", "topics:many:include", "--backfill", "a")
    assert "links get include or lose it" in refused.err
    before = [*(root / "alembic/versions").glob("*.py")]
    assert scaffold("field", "change", "essay", "topics:many:include").code == 0
    answer = root / "src/schemas/essay_including.py"
    assert "topics: Annotated[Linked[TopicResponse], By(EssayTopic)]" in answer.read_text(
        encoding="utf-8"
    )
    service = root / "src/services/essay.py"
    assert scaffold("field", "add", "topic", "above:ref:topic:optional:include").code == 0
    assert "IncludingLinkService[TopicResponse, TopicIncluding]" in service.read_text(
        encoding="utf-8"
    )
    assert scaffold("field", "change", "topic", "above:ref:topic:optional").code == 0
    assert "IncludingLinkService" not in service.read_text(encoding="utf-8")
    assert scaffold("field", "drop", "topic", "above").code == 0
    assert scaffold("field", "change", "essay", "topics:many").code == 0
    assert not answer.exists()
    assert len([*(root / "alembic/versions").glob("*.py")]) == len(before) + 2

    assert scaffold("field", "rename", "essay", "topics", "themes").code == 0
    assert str(load_features(root)["essay"].links[0]) == "themes:many:topic"
    route = (root / "src/api/routes/essays.py").read_text(encoding="utf-8")
    assert '"/{essay_id}/themes/{theme_id}"' in route
    assert scaffold("field", "add", "topic", "essays:many").code == 0
    assert "is needed by" in scaffold("remove", "essay").err
    assert scaffold("field", "drop", "topic", "essays").code == 0
    assert scaffold("remove", "essay").code == 0
    assert scaffold("remove", "topic").code == 0
