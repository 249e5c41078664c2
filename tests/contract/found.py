"""The features that have facts, found by the files of their tests."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from tests.contract.facts import Facts

FOLDER = Path(__file__).parents[1] / "integration"


@cache
def modules(mention: str) -> list[ModuleType]:
    """Import the test modules that mention something; to import all of them takes long."""
    paths = sorted(FOLDER.glob("test_*.py"))
    return [
        import_module(f"tests.integration.{path.stem}")
        for path in paths
        if mention in path.read_text(encoding="utf-8")
    ]


@cache
def features() -> dict[str, type[Facts]]:
    """Return the facts of every feature by its path."""
    modules("Contract):")
    modules("(Facts):")
    return {each.path: each for each in _below(Facts) if "path" in vars(each)}


def _below(facts: type[Facts]) -> Iterator[type[Facts]]:
    for each in facts.__subclasses__():
        yield each
        yield from _below(each)
