"""A feature is taken away by one command, and nothing that stays misses it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from scaffold.plans import access_in
from scaffold.records import load_features
from scaffold.register import DEPENDENCIES, MAIN, MODELS
from scaffold.render import files_of

FEATURES = load_features(Path())
FILES = {
    name: {path for path in {*files_of(each, FEATURES), *each.by_hand} if path.endswith(".py")}
    for name, each in FEATURES.items()
}
FOLDERS = ("src", "tests", "benchmarks", "examples")
REGISTERS = {MAIN, MODELS, DEPENDENCIES}


def below(name: str) -> set[str]:
    """The feature and those without which it cannot be."""
    feature = FEATURES[name]
    needed = {*feature.needs, *(str(each.target) for each in feature.refs)}
    return {name}.union(*map(below, needed))


def imported_by(path: str) -> Iterator[str]:
    """The files, as far as they are the project's own."""
    for node in ast.walk(ast.parse(Path(path).read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            module = node.module.replace(".", "/")
            yield from (f"{module}.py", *(f"{module}/{each.name}.py" for each in node.names))


def missing(path: str, there: set[str]) -> set[str]:
    """What the file imports, and only others than these features have."""
    owners = {
        each: {name for name in FEATURES if each in FILES[name]} for each in imported_by(path)
    }
    return {
        each
        for each, names in owners.items()
        if names and not names & {*there, *access_in(FEATURES)}
    }


@pytest.mark.parametrize("name", FEATURES)
def test_feature_builds_on_what_it_refers_to_and_needs_alone(name: str) -> None:
    assert not {path: lost for path in FILES[name] if (lost := missing(path, below(name)))}


def test_what_is_no_features_builds_on_none() -> None:
    everything = {str(path) for folder in FOLDERS for path in Path(folder).rglob("*.py")}
    shared = everything.difference(REGISTERS, *FILES.values())

    assert shared
    assert not {path: lost for path in shared if (lost := missing(path, set()))}
