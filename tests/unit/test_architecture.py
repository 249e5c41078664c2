"""The rules of docs/architecture.md that a test can check."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

SRC = Path("src")
MODULES = sorted(SRC.rglob("*.py"))
# Imports point downwards, and are free within a layer.
LAYERS = [
    "core",
    "files",
    "models",
    "schemas",
    "services",
    "",
    "api",
    "capabilities",
    "commands",
    "main",
]
# Shared by all features, and usable without any feature or capability.
GENERIC = re.compile(
    r"src\.(core(\.\w+)?"
    r"|models(\.(base|decimals|idempotency|json_objects|json_types|link|storable|text_lists|times|trimmed|types|written))?"
    r"|schemas(\.(base|including|page))?"
    r"|services(\.(base|filters|idempotency|included|including|keyset|link_tables|links|purging|queries|references|rows|rules))?"
    r"|api(\.(bodies|capability|clarity|connections|context|dependencies|document|draining|events|guards|idempotency|layers|limits"
    r"|lookup|middleware|parameters|paths|preconditions|problems|reading|routing|service|sizes|streams|unknown))?)"
)


def layer_of(module: str) -> int:
    """Return the layer's position, such as 1 for `src.models.base`.

    A capability's own folder stands between services and api unless it is named above, a module
    such as `src.serve` with commands, and so does what `python -m` starts in a folder.
    """
    parts = module.split(".")
    if len(parts) == 1:
        return len(LAYERS)
    if parts[-1] == "__main__":
        return LAYERS.index("commands")
    if parts[1] in LAYERS:
        return LAYERS.index(parts[1])
    return LAYERS.index("" if (SRC / parts[1]).is_dir() else "commands")


@cache
def imports_of(path: Path) -> frozenset[str]:
    return frozenset(_imports_in(path))


def _imports_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module_of(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


OURS = {module_of(each) for each in MODULES}


def own_imports(path: Path) -> set[str]:
    """Return the modules of `src` that a module imports."""
    return OURS.intersection(imports_of(path)) - {"src"}


def test_imports_point_one_way() -> None:
    for path in MODULES:
        for imported in own_imports(path):
            assert layer_of(imported) <= layer_of(module_of(path)), f"{path} imports {imported}"
            assert imported != "src.main"


def test_generic_code_imports_no_feature_and_no_capability() -> None:
    generic = [path for path in MODULES if GENERIC.fullmatch(module_of(path))]

    assert len(generic) > 30
    for path in generic:
        for imported in own_imports(path):
            assert GENERIC.fullmatch(imported), f"{path} imports {imported}"


@pytest.mark.parametrize("layer", ["core", "models", "schemas", "services"])
def test_layers_below_the_api_do_not_import_the_framework(layer: str) -> None:
    for path in (SRC / layer).rglob("*.py"):
        assert not {name.split(".")[0] for name in imports_of(path)} & {"fastapi", "starlette"}


def test_the_generator_and_the_tests_are_never_imported() -> None:
    for path in MODULES:
        assert not {name.split(".")[0] for name in imports_of(path)} & {
            "scaffold",
            "tests",
            "workshop",
        }


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        (r"\.commit\(", {"core/database.py"}),
        (r"\.(rollback|begin)\(", {"core/driver.py"}),
        (r"\b(async_)?sessionmaker\(|AsyncSession\(", {"core/database.py", "core/sessions.py"}),
        (r"BaseHTTPMiddleware|\.middleware\(", set()),
        (r"(?<!src\.api)\.routes\b", {"api/lookup.py"}),
        (r"(?m)^(from|import) alembic\b", set()),  # slow: only a function that migrates imports it
    ],
)
def test_pattern_appears_only_where_allowed(pattern: str, allowed: set[str]) -> None:
    found = {
        path.relative_to(SRC).as_posix()
        for path in MODULES
        if re.search(pattern, path.read_text(encoding="utf-8"))
    }

    assert found == allowed


def test_our_folder_does_not_hide_the_library_alembic() -> None:
    assert not Path("alembic/__init__.py").exists()
