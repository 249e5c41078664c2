"""What a person types, what is written then, and that nothing is if anything fails."""

import json
import re
import subprocess
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import make_url

from scaffold.migrate import create
from scaffold.migrate.history import heads_of
from scaffold.plans import settle
from scaffold.spec.records import load_features
from tests.databases import environment_of
from workshop.generator.conftest import Scaffold
from workshop.generator.trees import snapshot

CUSTOMER = ("customer", "name:str:unique:max=40")
INVOICE = (
    "invoice",
    "number:str:unique:max=40",
    "amount:decimal:12,2:ge=0",
    "status:enum:draft,sent,paid:default=draft",
    "due:date:optional",
    "customer:ref",
)


def test_add_and_remove_leave_every_byte(root: Path, scaffold: Scaffold) -> None:
    before = snapshot(root)

    scaffold("add", *CUSTOMER)
    one = snapshot(root)
    added = scaffold("add", *INVOICE)
    both = snapshot(root)
    scaffold("remove", "invoice")
    assert snapshot(root) == one
    scaffold("remove", "customer")

    assert added.code == 0
    assert "alembic upgrade head" in added.out
    assert len(both) == len(before) + 14
    assert snapshot(root) == before


def test_feature_that_is_there_already_changes_nothing(root: Path, scaffold: Scaffold) -> None:
    scaffold("add", *CUSTOMER)
    before = snapshot(root)

    again = scaffold("add", *CUSTOMER)

    assert again.code == 0
    assert "Nothing to change" in again.out
    assert snapshot(root) == before


def test_feature_that_differs_is_explained(root: Path, scaffold: Scaffold) -> None:
    scaffold("add", *CUSTOMER)
    before = snapshot(root)

    other = scaffold("add", "customer", "name:str:unique:max=50")

    assert other.code == 2
    assert "is    name:str:unique:max=40\n" in other.err
    assert "asked name:str:unique:max=50\n" in other.err
    assert "Change it with: field add" in other.err
    assert snapshot(root) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", *CUSTOMER),
        ("remove", "parent"),
        ("field", "add", "parent", "due:date:optional"),
        ("field", "rename", "parent", "name", "title"),
        ("field", "drop", "parent", "rank"),
        ("blank",),
        ("rename", "Ledger"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_dry_run_writes_nothing(
    root: Path, scaffold: Scaffold, arguments: tuple[str, ...], form: tuple[str, ...]
) -> None:
    scaffold("add", "parent", "name:str:unique", "rank:int:optional")
    before = snapshot(root)

    result = scaffold(*arguments, "--dry-run", *form)

    assert result.code == 0
    assert snapshot(root) == before
    if form:
        assert {"change", "path"} == set(json.loads(result.out)["changes"][0])
    else:
        assert "changed  " in result.out
        has_migration = arguments[0] not in {"remove", "rename"}
        assert ("+def upgrade() -> None:" in result.out) == has_migration


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("add", "class", "name"), "class is a reserved word of Python"),
        (("add", "box", "size:itn"), "did you mean int?"),
        (("add", "box", "customr:ref"), "did you mean customer?"),
        (("remove", "custome"), "There is no feature custome; did you mean customer?"),
        (("remove", "customer"), "customer is needed by invoice."),
        (("field", "drop", "customer", "nam"), "customer has no field nam"),
        (("field", "add", "customer", "name:text"), "name is there twice"),
        (("field", "add", "customer", "rank:int"), "--backfill"),
        (("rename", 'a"b'), "a name has up to 60 letters"),
        (("add", "upload", "name:str"), "src/api/routes/files.py has uploads already"),
        (("add", "box", "place:json:Problem"), "src/api/problems.py defines Problem, too"),
        (
            ("field", "add", "customer", "box:json:UserResponse:optional"),
            "defines UserResponse, too",
        ),
    ],
    ids=str,
)
def test_refusal_says_why_and_writes_nothing(
    root: Path, scaffold: Scaffold, arguments: tuple[str, ...], message: str
) -> None:
    scaffold("add", *CUSTOMER)
    scaffold("add", *INVOICE)
    before = snapshot(root)

    result = scaffold(*arguments)

    assert result.code == 2
    assert message in result.err
    assert "Traceback" not in result.err
    assert snapshot(root) == before


def test_other_files_are_not_overwritten(root: Path, scaffold: Scaffold) -> None:
    (root / "src/models/customer.py").write_text("mine = True\n", encoding="utf-8")
    before = snapshot(root)

    result = scaffold("add", *CUSTOMER)

    assert "in the way: src/models/customer.py" in result.err
    assert snapshot(root) == before


def test_files_changed_by_hand_are_removed_only_by_force(root: Path, scaffold: Scaffold) -> None:
    before = snapshot(root)
    scaffold("add", *CUSTOMER)
    service = root / "src/services/customer.py"
    service.write_text(service.read_text(encoding="utf-8") + "\n\nRULE = 1\n", encoding="utf-8")

    refused = scaffold("remove", "customer")
    listed = scaffold("list")
    still_there = service.exists()
    scaffold("remove", "customer", "--force")

    assert "--force: src/services/customer.py" in refused.err
    assert "src/services/customer.py" in listed.out
    assert still_there
    assert snapshot(root) == before


def test_migration_that_is_not_the_head_is_followed_by_one_that_drops(
    root: Path, scaffold: Scaffold
) -> None:
    scaffold("add", *CUSTOMER)
    scaffold("add", "note", "body:text")

    scaffold("remove", "customer")

    names = {path.name[14:] for path in (root / "alembic/versions").glob("*.py")}
    assert {"create_customers.py", "create_notes.py", "drop_customers.py"} <= names
    assert "customer" not in load_features(root)


def test_migration_that_a_person_has_changed_stays_for_those_after_it(
    root: Path, scaffold: Scaffold
) -> None:
    scaffold("add", *CUSTOMER)
    (created,) = (root / "alembic/versions").glob("*create_customers.py")
    record = root / "scaffold/features/customer.toml"
    by_hand = f'by_hand = [\n    "{created.relative_to(root)}",\n]\n\n[migration]'
    text = record.read_text(encoding="utf-8").replace("\n[migration]", by_hand)
    record.write_text(text, encoding="utf-8")
    scaffold("add", "note", "body:text")

    removed = scaffold("remove", "customer")

    assert removed.code == 0, removed.err
    assert created.exists()
    assert [*(root / "alembic/versions").glob("*drop_customers.py")]


def test_migration_that_was_applied_is_followed_by_one_that_drops(
    root: Path, scaffold: Scaffold
) -> None:
    scaffold("add", *CUSTOMER)
    with environment_of(make_url(f"sqlite:///{root}/work.db")):
        command.upgrade(Config("alembic.ini"), "head")

        scaffold("remove", "customer")

    names = {path.name[14:] for path in (root / "alembic/versions").glob("*.py")}
    assert {"create_customers.py", "drop_customers.py"} <= names


def test_several_heads_are_named(root: Path, scaffold: Scaffold) -> None:
    versions = root / "alembic/versions"
    text = max(versions.glob("*.py")).read_text(encoding="utf-8")
    (versions / "29990101_0000_other.py").write_text(
        re.sub('revision: str = ".*"', 'revision: str = "abc"', text), encoding="utf-8"
    )

    result = scaffold("add", *CUSTOMER)

    assert "The migrations have 2 heads" in result.err
    assert "python -m scaffold merge" in result.err


def test_what_refers_to_something_owned_is_owned(root: Path, scaffold: Scaffold) -> None:
    scaffold("add", "account", "name:str:unique", "--owned")

    added = scaffold("add", "payment", "account:ref:cascade")

    assert added.code == 0
    assert load_features(root)["payment"].owned
    model = (root / "src/models/payment.py").read_text(encoding="utf-8")
    assert "class Payment(PaymentBase, Owned, table=True):" in model
    assert '["account_id", "owner_id"]' in model
    assert scaffold("add", "payment", "account:ref:cascade").out.startswith("Nothing to change")


TWICE = {
    "create": [("remove", "book"), ("add", "book", "title:str")],
    "drop": [("remove", "book"), ("add", "book", "title:str"), ("remove", "book")],
    "change": [("field", "change", "book", f"title:str:max={each}") for each in (90, 80)],
    "add": [
        ("field", "add", "book", "rank:int:optional"),
        ("field", "drop", "book", "rank"),
        ("field", "add", "book", "rank:int:optional"),
    ],
}


@pytest.mark.parametrize("commands", TWICE.values(), ids=TWICE)
def test_no_migration_takes_the_place_of_one_of_the_same_minute(
    root: Path,
    scaffold: Scaffold,
    monkeypatch: pytest.MonkeyPatch,
    commands: Sequence[Sequence[str]],
) -> None:
    monkeypatch.setattr(create, "now", lambda: datetime(2030, 1, 1, 12))
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    texts = {path: path.read_text(encoding="utf-8") for path in versions_in(root)}
    for each in (("add", "book", "title:str"), *commands):
        done = scaffold(*each)
        assert done.code == 0, done.err
        assert (
            "changed by hand" not in scaffold("list").out.split("book (books)")[-1].split(" (")[0]
        )
        subprocess.run(["git", "add", "alembic"], cwd=root, check=True)
        texts = {**{path: path.read_text(encoding="utf-8") for path in versions_in(root)}, **texts}

    assert {path: path.read_text(encoding="utf-8") for path in versions_in(root)} == texts
    assert len(heads_of(root)) == 1


def test_branches_are_merged_twice_within_a_minute(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(create, "now", lambda: datetime(2030, 1, 1, 12))
    monkeypatch.setattr(settle, "heads_of", lambda _: ("a", "b"))

    for _ in range(2):
        for path, text in settle.joined_heads(root).items():
            assert not (root / path).exists()
            (root / path).write_text(text, encoding="utf-8")


def versions_in(root: Path) -> list[Path]:
    return [*(root / "alembic/versions").glob("*.py")]
