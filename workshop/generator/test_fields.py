"""Changes of fields: rows keep their values, and files what people have written."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import make_url

from scaffold.spec.records import load_features
from tests.databases import environment_of
from workshop.generator.conftest import Scaffold
from workshop.generator.trees import snapshot

CUSTOMER = ("customer", "name:str:unique:max=40", "rank:int:optional", "kind:enum:new,old")


@pytest.fixture
def customers(root: Path, scaffold: Scaffold) -> Path:
    """A tree with a feature, and the database in which it has a row."""
    scaffold("add", *CUSTOMER)
    migrate(root, "upgrade", "head")
    with closing(sqlite3.connect(root / "work.db")) as connection, connection:
        connection.execute(
            "INSERT INTO customers (id, version, created_at, updated_at, name, rank, kind)"
            " VALUES ('a', 1, '2030-01-01', '2030-01-01', 'Ada', 7, 'old')"
        )
    return root / "work.db"


def migrate(root: Path, direction: str, revision: str) -> None:
    with environment_of(make_url(f"sqlite:///{root}/work.db")):
        getattr(command, direction)(Config("alembic.ini"), revision)


def row(database: Path) -> dict[str, object]:
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        found = dict(connection.execute("SELECT * FROM customers").fetchone())
    return {name: found[name] for name in sorted(found) if name not in ENTITY}


ENTITY = {"id", "version", "created_at", "updated_at"}
AS_IT_WAS = {"kind": "old", "name": "Ada", "rank": 7}


@pytest.mark.parametrize(
    ("arguments", "after", "back"),
    [
        (("add", "customer", "due:date:optional"), AS_IT_WAS | {"due": None}, AS_IT_WAS),
        (
            ("add", "customer", "level:int:ge=1", "--backfill", "3"),
            AS_IT_WAS | {"level": 3},
            AS_IT_WAS,
        ),
        (("add", "customer", "level:int:default=4"), AS_IT_WAS | {"level": 4}, AS_IT_WAS),
        (
            ("rename", "customer", "rank", "level"),
            {"kind": "old", "name": "Ada", "level": 7},
            AS_IT_WAS,
        ),
        (("drop", "customer", "rank"), {"kind": "old", "name": "Ada"}, AS_IT_WAS | {"rank": None}),
        (("change", "customer", "kind:enum:new,old,lost"), AS_IT_WAS, AS_IT_WAS),
        (
            ("change", "customer", "kind:enum:new,lost", "--backfill", "lost"),
            AS_IT_WAS | {"kind": "lost"},
            None,
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_rows_follow_up_and_down(
    root: Path,
    customers: Path,
    scaffold: Scaffold,
    arguments: tuple[str, ...],
    after: dict[str, object],
    back: dict[str, object] | None,
) -> None:
    assert scaffold("field", *arguments).code == 0

    migrate(root, "upgrade", "head")
    assert row(customers) == after

    if back is not None:
        migrate(root, "downgrade", "-1")
        assert row(customers) == back


def test_change_that_no_database_sees_writes_no_migration(root: Path, scaffold: Scaffold) -> None:
    scaffold("add", *CUSTOMER)
    before = len(list((root / "alembic/versions").glob("*.py")))

    scaffold("field", "change", "customer", "rank:int:optional:ge=0")

    assert len(list((root / "alembic/versions").glob("*.py"))) == before
    assert load_features(root)["customer"].revision


def test_same_change_again_changes_nothing(root: Path, scaffold: Scaffold) -> None:
    scaffold("add", *CUSTOMER)
    scaffold("field", "add", "customer", "due:date:optional")
    before = snapshot(root)

    again = scaffold("field", "add", "customer", "due:date:optional")

    assert again.code == 0
    assert snapshot(root) == before


def test_what_a_person_has_written_stays(root: Path, scaffold: Scaffold) -> None:
    scaffold("add", *CUSTOMER)
    model, service = root / "src/models/customer.py", root / "src/services/customer.py"
    model.write_text(f'"""Who pays."""\n\n{model.read_text(encoding="utf-8")}', encoding="utf-8")
    service.write_text(f"{service.read_text(encoding='utf-8')}\n    rule = 1\n", encoding="utf-8")

    changed = scaffold("field", "add", "customer", "due:date:optional")

    assert changed.code == 0
    assert model.read_text(encoding="utf-8").startswith('"""Who pays."""')
    assert "due: " in model.read_text(encoding="utf-8")
    assert "rule = 1" in service.read_text(encoding="utf-8")


def test_change_of_the_same_lines_is_left_to_the_person(root: Path, scaffold: Scaffold) -> None:
    scaffold("add", *CUSTOMER)
    model = root / "src/models/customer.py"
    model.write_text(
        model.read_text(encoding="utf-8").replace("    rank: ", "    # Mine.\n    rank: "),
        encoding="utf-8",
    )
    before = snapshot(root)

    refused = scaffold("field", "rename", "customer", "rank", "level")

    assert refused.code == 2
    assert "src/models/customer.py: a person has changed the same lines" in refused.err
    assert "+    level: " in refused.err
    assert snapshot(root) == before


def test_feature_that_was_changed_is_removed_by_a_migration(root: Path, scaffold: Scaffold) -> None:
    scaffold("add", *CUSTOMER)
    scaffold("field", "add", "customer", "due:date:optional")

    scaffold("remove", "customer")

    names = {path.name[14:] for path in (root / "alembic/versions").glob("*.py")}
    assert {"create_customers.py", "add_due_to_customers.py", "drop_customers.py"} <= names
