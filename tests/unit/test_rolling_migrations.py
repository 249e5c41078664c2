"""During a rolling update the version before runs on the new schema: no migration may break it.

Expand first, contract in a later release; docs/migrations.md has the steps. A migration that may
break the version before says why, in a comment `# contract: ...` above the statement or `upgrade`.
"""

import ast
import re
from collections.abc import Iterator
from math import nan
from pathlib import Path

import pytest

MIGRATIONS = sorted(Path("alembic/versions").glob("*.py"))
MARK = re.compile(r"# contract: \S")
SQL = re.compile(r"\bDROP\s+(TABLE|COLUMN)\b|\bRENAME\b|\bSET\s+NOT\s+NULL\b", re.IGNORECASE)
LOST = {"drop_column", "drop_table", "rename_table"}


def breaks(call: ast.Call) -> str:
    """Return what the version before would miss, or could no longer write."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    given = {each.arg: each.value for each in call.keywords}
    if name in LOST:
        return name
    if name == "alter_column":
        found: list[str] = [each for each in ("new_column_name", "type_") if each in given]
        if _length(given.get("existing_type")) <= _length(given.get("type_")):
            found.remove("type_")
        found += ["nullable=False"] if _is_false(given.get("nullable")) else []
        return f"alter_column with {', '.join(found)}" if found else ""
    if name == "add_column" and (column := _column_in(call)):
        own = {each.arg: each.value for each in column.keywords}
        if _is_false(own.get("nullable")) and "server_default" not in own:
            return "add_column that is NOT NULL without a server_default"
    if name == "execute" and SQL.search(_sql_in(call)):
        return "SQL that drops, renames or forbids NULL"
    return ""


def _sql_in(call: ast.Call) -> str:
    """Return the SQL that is written by hand; texts in `sa.update(...)` are values and names."""
    written = ast.unparse(call)
    return "" if ".execute(sa.update(" in written else written


def _length(kind: ast.expr | None) -> float:
    """Return how long a text may be; of other types, a number that compares with nothing."""
    match kind:
        case ast.Call(
            func=ast.Attribute(attr="String"),
            keywords=[ast.keyword(arg="length", value=ast.Constant(value=int(length)))],
        ):
            return length
    return nan


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _column_in(call: ast.Call) -> ast.Call | None:
    return next((each for each in call.args if isinstance(each, ast.Call)), None)


def unmarked(source: str) -> Iterator[str]:
    """Yield the statements of the upgrade that break the version before and do not say why."""
    lines = source.splitlines()
    functions = [each for each in ast.parse(source).body if isinstance(each, ast.FunctionDef)]
    for function in (each for each in functions if each.name == "upgrade"):
        head = lines[max(0, function.lineno - 2) : function.lineno]
        for call in (each for each in ast.walk(function) if isinstance(each, ast.Call)):
            own = [*head, *lines[call.lineno - 2 : call.end_lineno]]
            if (reason := breaks(call)) and not any(map(MARK.search, own)):
                yield f"{call.lineno}: {reason}"


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.name)
def test_migration_keeps_the_version_before_working(path: Path) -> None:
    found = [*unmarked(path.read_text(encoding="utf-8"))]

    assert not found, f"{path}: {found}: see docs/migrations.md#rolling-updates"


def upgrade(*statements: str) -> str:
    return "\n    ".join(["def upgrade() -> None:", *statements, "", ""])


@pytest.mark.parametrize(
    "statement",
    [
        'op.drop_table("things")',
        'op.rename_table("things", "objects")',
        'batch_op.drop_column("name")',
        'batch_op.alter_column("name", new_column_name="title")',
        'batch_op.alter_column("name", existing_type=sa.Integer(), type_=sa.String())',
        'op.alter_column("a", existing_type=sa.String(length=9), type_=sa.String(length=8))',
        'batch_op.alter_column("name", existing_type=sa.String(), nullable=False)',
        'batch_op.add_column(sa.Column("name", sa.String(), nullable=False))',
        'op.execute("ALTER TABLE things DROP COLUMN name")',
        'op.execute("alter table things rename column a to b")',
    ],
)
def test_statement_that_breaks_it_is_found_unless_it_says_why(statement: str) -> None:
    assert [*unmarked(upgrade(statement))]
    assert not [*unmarked(upgrade("# contract: nothing reads it since 1.4", statement))]
    assert [*unmarked(upgrade("# contract:", statement))]
    assert not [*unmarked(upgrade(statement).replace("upgrade", "downgrade"))]


@pytest.mark.parametrize(
    "statement",
    [
        'op.create_table("things", sa.Column("name", sa.String(), nullable=False))',
        'batch_op.add_column(sa.Column("name", sa.String(), nullable=True))',
        'batch_op.add_column(sa.Column("n", sa.Integer(), server_default="0", nullable=False))',
        'batch_op.alter_column("name", existing_type=sa.String(), nullable=True)',
        'op.alter_column("a", existing_type=sa.String(length=8), type_=sa.String(length=9))',
        'batch_op.drop_index("ix_things_name")',
        'op.execute("UPDATE things SET name = title")',
        'op.execute(sa.update(rows).values({"rename": "Drop table"}))',
    ],
)
def test_statement_that_expands_is_allowed(statement: str) -> None:
    assert not [*unmarked(upgrade(statement))]
