"""Changes of fields: rows keep their values, and files what people have written."""

import ast
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import make_url

from scaffold.apply.plan import Plan
from scaffold.apply.run import Mode, usual_gates
from scaffold.apply.tree import Tree
from scaffold.spec.records import load_features
from scaffold.write.ruff import tidied
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
        (
            ("add", "customer", "code:str:unique", "--backfill-sql", "'C-' || name"),
            AS_IT_WAS | {"code": "C-Ada"},
            AS_IT_WAS,
        ),
        (("add", "customer", "level:int:default=4"), AS_IT_WAS | {"level": 4}, AS_IT_WAS),
        (("add", "customer", "self:int:default=4"), AS_IT_WAS | {"self": 4}, AS_IT_WAS),
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

    scaffold("field", "change", "customer", "rank:int:optional:example=7")

    assert len(list((root / "alembic/versions").glob("*.py"))) == before
    assert load_features(root)["customer"].revision


def test_two_changes_of_a_field_within_a_minute_are_two_migrations(
    root: Path, scaffold: Scaffold, customers: Path
) -> None:
    for kind in ("bigint", "float", "bigint"):
        assert scaffold("field", "change", "customer", f"rank:{kind}:optional").code == 0

    migrate(root, "upgrade", "head")
    assert row(customers) == AS_IT_WAS
    migrate(root, "downgrade", "-3")
    assert row(customers) == AS_IT_WAS


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


APPENDED = {
    "src/models/customer.py": "class Greeting(SQLModel):\n    text: JsonValue\n",
    "src/schemas/customer.py": "    greeting_null: Bool = False\n",
    "src/services/customer.py": "    async def greet(self) -> Page[CustomerResponse] | None: ...\n",
    "src/api/routes/customers.py": """

@router.post("/greetings", status_code=HTTPStatus.NO_CONTENT)
async def greet_customers() -> None: ...
""",
    "tests/integration/test_customers.py": """
    async def test_greeting(self, client: AsyncClient) -> None: ...
""",
}
"""What rules.md has its reader add, at the ends of files and in the import block."""
IMPORTED = {
    "src/models/customer.py": "from pydantic import JsonValue\n",
    "src/services/customer.py": "from src.schemas.page import Page\n",
    "src/api/routes/customers.py": "from http import HTTPStatus\n",
    "tests/integration/test_customers.py": "from httpx import AsyncClient\n",
}


@pytest.mark.parametrize(
    "change",
    [
        ["field", "add", "customer", "due:date:optional:index"],
        ["field", "add", "customer", "level:enum:open,paid:steps=open>paid"],
        ["field", "add", "customer", "note:text:search:optional"],
        ["field", "add", "customer", "parent:ref:customer:optional:include"],
        ["field", "add", "customer", "labels:many:label"],
        ["field", "add", "customer", "labels:many:label:include"],
        ["field", "change", "customer", "kind:enum:new,old:steps=new>old"],
        ["field", "rename", "customer", "rank", "level"],
        ["field", "drop", "customer", "rank"],
        ["feature", "change", "customer", "--check", "rank > 1"],
        ["feature", "change", "customer", "--sort=-name"],
    ],
    ids=" ".join,
)
def test_rules_of_a_person_stand_in_no_change_s_way(
    root: Path, scaffold: Scaffold, change: list[str]
) -> None:
    scaffold("add", "label", "name:str:unique")
    scaffold("add", *CUSTOMER)
    for path, lines in APPENDED.items():
        text = (root / path).read_text(encoding="utf-8")
        text = text.replace("\nfrom ", f"\n{IMPORTED.get(path, '')}from ", 1)
        (root / path).write_text(tidied({path: text + lines})[path], encoding="utf-8")

    changed = scaffold(*change)

    assert changed.code == 0, changed.err
    for path, lines in APPENDED.items():
        text = (root / path).read_text(encoding="utf-8")
        ast.parse(text)
        assert text.count(lines.strip().splitlines()[0]) == 1
        assert text == tidied({path: text})[path]


def test_rule_with_the_old_name_is_told_and_tested(root: Path, scaffold: Scaffold) -> None:
    scaffold("add", *CUSTOMER)
    rule, test = root / "src/services/customer.py", "tests/integration/test_customer_rules.py"
    rule.write_text(f"{rule.read_text(encoding='utf-8')}\n    first = 'rank'\n", encoding="utf-8")
    (root / test).write_text("RANK = 'rank'\n", encoding="utf-8")
    record = root / "scaffold/features/customer.toml"
    written = f'by_hand = ["{test}", "scratch.txt"]\n{record.read_text(encoding="utf-8")}'
    record.write_text(written, encoding="utf-8")
    number = len(rule.read_text(encoding="utf-8").splitlines())

    renamed = scaffold("field", "rename", "customer", "rank", "level")

    assert f"rank still stands in src/services/customer.py:{number}, {test}:1: look" in renamed.err
    plan: Plan = {"src/models/customer.py": "", "src/models/project.py": ""}
    gates = usual_gates(Tree(root), plan, Mode(postgres=True))
    tests = [gate.command for gate in gates if gate.name.startswith("tests on")]
    assert [command[-1] for command in tests] == [test, test]


def test_change_of_the_same_lines_is_left_to_the_person(root: Path, scaffold: Scaffold) -> None:
    scaffold("add", *CUSTOMER)
    model = root / "src/models/customer.py"
    model.write_text(
        model.read_text(encoding="utf-8").replace("    rank: ", "    rank: Mine | "),
        encoding="utf-8",
    )
    before = snapshot(root)

    refused = scaffold("field", "rename", "customer", "rank", "level")

    assert refused.code == 2
    assert "src/models/customer.py: you have changed lines that this command changes" in refused.err
    assert "+    level: " in refused.err
    assert snapshot(root) == before


def test_feature_that_was_changed_is_removed_by_a_migration(root: Path, scaffold: Scaffold) -> None:
    scaffold("add", *CUSTOMER)
    scaffold("field", "add", "customer", "due:date:optional")

    scaffold("remove", "customer")

    names = {path.name[14:] for path in (root / "alembic/versions").glob("*.py")}
    assert {"create_customers.py", "add_due_to_customers.py", "drop_customers.py"} <= names


def test_import_that_a_person_had_no_use_for_comes_back_with_its_use(
    root: Path, scaffold: Scaffold
) -> None:
    scaffold("add", *CUSTOMER)
    model = root / "src/models/customer.py"
    text = model.read_text(encoding="utf-8").replace("NonBlank", "ShortText")
    text = text.replace("import Int32, ShortText, Trimmed, one_of", "import Int32, Trimmed, one_of")
    own = "from src.models.names import ShortText  # mine\n"
    text = text.replace("from src.models.types", f"{own}from src.models.types")
    model.write_text(text, encoding="utf-8")

    changed = scaffold("field", "add", "customer", "title:str:optional")
    other = scaffold("field", "add", "customer", "due:date:optional")

    assert (changed.code, other.code) == (0, 0)
    after = model.read_text(encoding="utf-8")
    assert own in after
    assert "from src.models.types import Date, Int32, NonBlank, Trimmed, one_of\n" in after
    assert "CustomerName = Annotated[ShortText," in after
    assert after.count("import") == text.count("import")


def test_rows_referred_to_are_included_and_left_out_without_a_migration(
    root: Path, scaffold: Scaffold
) -> None:
    scaffold("add", *CUSTOMER)
    scaffold("add", "order_line", "customer:ref")
    before = snapshot(root)

    assert scaffold("field", "change", "order_line", "customer:ref:include").code == 0
    new = "src/schemas/order_line_including.py"
    assert snapshot(root).keys() - before.keys() == {new}
    assert scaffold("field", "change", "order_line", "customer:ref").code == 0
    assert snapshot(root) == before


def test_answer_that_a_person_has_changed_is_theirs_to_delete(
    root: Path, scaffold: Scaffold
) -> None:
    scaffold("add", *CUSTOMER)
    scaffold("add", "order_line", "customer:ref:include")
    answer = root / "src/schemas/order_line_including.py"
    answer.write_text(f"{answer.read_text(encoding='utf-8')}# mine\n", encoding="utf-8")

    refused = scaffold("field", "change", "order_line", "customer:ref")
    answer.unlink()

    assert refused.code == 2
    assert "Changed by hand, and of no use after this change: src/schemas/order_" in refused.err
    assert scaffold("field", "change", "order_line", "customer:ref").code == 0
