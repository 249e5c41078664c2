"""Only child processes import what computes: the service and its workers do without."""

from pathlib import Path

from tests.unit.test_architecture import imports_of, module_of

COMPUTING = {"duckdb", "numpy", "scipy", "skops", "sklearn"}
STARTED = ["src.main", "src.serve", "src.worker", "src.commands.__main__"]
FOUND = ["src/commands", "src/jobs/kinds", "src/models"]
"""Packages whose modules are all imported."""
FILES = {module_of(path): path for path in Path("src").rglob("*.py")}


def reached() -> set[str]:
    """Follow the imports of what is started."""
    seen: set[str] = set()
    waiting = [*STARTED, *(module_of(path) for each in FOUND for path in Path(each).glob("*.py"))]
    while waiting:
        if (module := waiting.pop()) in FILES and module not in seen:
            seen.add(module)
            waiting += imports_of(FILES[module])
    return seen


def computing(module: str) -> set[str]:
    return {name.partition(".")[0] for name in imports_of(FILES[module])} & COMPUTING


def test_service_and_workers_import_nothing_that_computes() -> None:
    modules = reached()

    assert "src.jobs.kinds.train" in modules
    assert {module: found for module in modules if (found := computing(module))} == {}


def test_children_do() -> None:
    assert computing("src.training.tables") == {"duckdb", "numpy"}
    assert "src.training.tables" not in reached()
