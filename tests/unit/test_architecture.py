"""The rules of docs/architecture.md that a reader of the code can check by machine."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path("src")
MODULES = sorted(SRC.rglob("*.py"))
# Imports point downwards. Within a layer they are free, but for routes, which stand alone.
LAYERS = ["core", "models", "schemas", "services", "commands", "serve", "api", "main"]


def layer_of(module: str) -> int:
    """`src.models.base` is of layer 1."""
    parts = module.split(".")
    return LAYERS.index(parts[1]) if len(parts) > 1 else len(LAYERS)


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module
            yield node.module


def module_of(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_imports_point_one_way(path: Path) -> None:
    own = [name for name in imports_of(path) if name.split(".")[0] == "src"]

    assert "src.main" not in own
    for imported in own:
        assert layer_of(imported) <= layer_of(module_of(path)), f"{path} imports {imported}"


@pytest.mark.parametrize("layer", ["core", "models", "schemas", "services"])
def test_below_the_api_nothing_knows_the_framework(layer: str) -> None:
    for path in (SRC / layer).rglob("*.py"):
        assert not {name.split(".")[0] for name in imports_of(path)} & {"fastapi", "starlette"}


def test_the_generator_and_the_tests_are_never_imported() -> None:
    for path in MODULES:
        assert not {name.split(".")[0] for name in imports_of(path)} & {"scaffold", "tests"}


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        (r"\.commit\(", {"core/database.py"}),
        (r"\.(rollback|begin)\(", {"core/database.py", "core/lanes.py"}),
        (r"\b(async_)?sessionmaker\(|AsyncSession\(", {"core/database.py"}),
        (r"BaseHTTPMiddleware|\.middleware\(", set()),
        (r"\.routes\b(?! import)", set()),
    ],
)
def test_is_written_only_where_it_belongs(pattern: str, allowed: set[str]) -> None:
    found = {
        path.relative_to(SRC).as_posix() for path in MODULES if re.search(pattern, path.read_text())
    }

    assert found == allowed


def test_the_library_alembic_is_not_hidden_by_our_folder() -> None:
    assert not Path("alembic/__init__.py").exists()
