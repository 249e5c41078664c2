"""During a rolling update the version before runs on the new schema: no migration may break it.

Expand first, contract in a later release; docs/migrations.md has the steps. A migration that may
break the version before says why, in a comment `# contract: ...` above the statement or `upgrade`.
"""

import ast
import re
from collections.abc import Iterator
from math import inf, nan
from pathlib import Path

import pytest

type Constants = dict[str, ast.expr]

MIGRATIONS = sorted(Path("alembic/versions").glob("*.py"))
MARK = re.compile(r"# contract: \S")
SQL = re.compile(
    r"""\bDROP\s+(TABLE|COLUMN|VIEW)\b | \bRENAME\b | \bSET\s+NOT\s+NULL\b
    | \bALTER\s+TABLE\b [^;]* \bDROP\s+(?!CONSTRAINT\b|DEFAULT\b|NOT\b)
    | \bALTER\s+(COLUMN\s+)?\S+\s+(SET\s+DATA\s+)?TYPE\b
    | \bALTER\s+TABLE\b [^;]* \bADD\s+(?!CONSTRAINT\b|CHECK\b)
        (?![^;]*\bDEFAULT\b) [^;]* \bNOT\s+NULL\b""",
    re.IGNORECASE | re.VERBOSE,
)
LOST = {"drop_column", "drop_table", "rename_table"}
RUN = {"execute", "exec_driver_sql"}


def breaks(call: ast.Call, constants: Constants) -> str:
    """Return what the version before would miss, or could no longer write."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
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
        if _is_false(own.get("nullable")) and _is_none(own.get("server_default")):
            return "add_column that is NOT NULL without a server_default"
    if name in RUN and not _is_update(call) and SQL.search(_text_in(call, constants)):
        return "SQL that drops, renames, changes a type or forbids NULL"
    return ""


def _is_update(call: ast.Call) -> bool:
    """Tell whether its texts are values and names, not SQL that is written by hand."""
    return ".execute(sa.update(" in ast.unparse(call)


def _length(kind: ast.expr | None) -> float:
    """Return how long a text may be; of other types, a number that compares with nothing."""
    match kind:
        case ast.Call(
            func=ast.Attribute(attr="String"),
            keywords=[ast.keyword(arg="length", value=ast.Constant(value=int(length)))],
        ):
            return length
        case ast.Call(func=ast.Attribute(attr="String"), keywords=[ast.keyword(arg="length")]):
            return inf  # a name has it: it counts as longer
    return nan


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _is_none(node: ast.expr | None) -> bool:
    return node is None or (isinstance(node, ast.Constant) and node.value is None)


def _column_in(call: ast.Call) -> ast.Call | None:
    given = [*call.args, *(each.value for each in call.keywords)]
    return next((each for each in given if isinstance(each, ast.Call)), None)


def _text_in(node: ast.AST, constants: Constants) -> str:
    """Return the texts in a node, and those of the constants that it names."""
    inside = [*ast.walk(node)]
    named = [
        constants[each.id] for each in inside if isinstance(each, ast.Name) and each.id in constants
    ]
    inside += [each for one in named for each in ast.walk(one)]
    return " ".join(str(each.value) for each in inside if isinstance(each, ast.Constant))


def _reached(functions: dict[str, ast.FunctionDef]) -> Iterator[ast.FunctionDef]:
    """Yield the upgrade, and the functions that it calls."""
    waiting, seen = ["upgrade"], set[str]()
    while waiting:
        if (name := waiting.pop()) in functions and name not in seen:
            seen.add(name)
            yield functions[name]
            waiting += [each.id for each in ast.walk(functions[name]) if isinstance(each, ast.Name)]


def unmarked(source: str) -> Iterator[str]:
    """Yield the statements of the upgrade that break the version before and do not say why."""
    lines, body = source.splitlines(), ast.parse(source).body
    constants = {
        name.id: each.value
        for each in body
        if isinstance(each, ast.Assign)
        for name in each.targets
        if isinstance(name, ast.Name)
    }
    for function in _reached(
        {each.name: each for each in body if isinstance(each, ast.FunctionDef)}
    ):
        head = lines[max(0, function.lineno - 2) : function.lineno]
        for call in (each for each in ast.walk(function) if isinstance(each, ast.Call)):
            own = [*head, *lines[call.lineno - 2 : call.end_lineno]]
            if (reason := breaks(call, constants)) and not any(map(MARK.search, own)):
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
        'op.execute("ALTER TABLE things\\nDROP COLUMN name")',
        'op.execute("ALTER TABLE things DROP name")',
        'op.execute("ALTER TABLE things ALTER COLUMN n TYPE bigint")',
        'op.execute("ALTER TABLE things ALTER n SET DATA TYPE bigint")',
        'op.execute("ALTER TABLE things ADD COLUMN n numeric(9, 2) NOT NULL")',
        'op.execute(sa.text(f"ALTER TABLE {table} DROP COLUMN name"))',
        'op.get_bind().exec_driver_sql("ALTER TABLE things ALTER n SET NOT NULL")',
        'op.add_column("a", column=sa.Column("n", sa.Integer(), nullable=False))',
        'op.add_column("a", sa.Column("n", sa.Text(), nullable=False, server_default=None))',
        'drop_column("things", "name")',
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
        'op.execute("ALTER TABLE things ADD COLUMN n integer NOT NULL DEFAULT 0")',
        'op.execute("ALTER TABLE things ADD CONSTRAINT c CHECK (n IS NOT NULL) NOT VALID")',
        'op.execute("ALTER TABLE things ALTER n DROP NOT NULL, DROP CONSTRAINT c")',
        'op.execute(sa.update(rows).values({"rename": "Drop table"}))',
    ],
)
def test_statement_that_expands_is_allowed(statement: str) -> None:
    assert not [*unmarked(upgrade(statement))]


def test_statement_is_found_wherever_the_upgrade_has_it() -> None:
    constant = 'DROPPED = "ALTER TABLE things DROP COLUMN name"\n\n\n'
    helper = 'def drop() -> None:\n    op.drop_column("things", "name")\n\n\n'

    assert [*unmarked(constant + upgrade("op.execute(DROPPED)"))]
    assert [*unmarked(helper + upgrade("drop()"))]
    assert not [*unmarked(helper + upgrade("pass") + "\ndef downgrade() -> None:\n    drop()\n")]
