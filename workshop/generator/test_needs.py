"""A part is taken away by one command, and nothing that stays misses it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from scaffold.edit.registration import MAIN
from scaffold.plans.files import files_of
from scaffold.spec.feature import Feature
from scaffold.spec.parts import Capability, Joint, load_parts, with_needs
from scaffold.spec.records import load_features

FEATURES, PARTS = load_features(Path()), load_parts(Path())
FILES = {
    name: {
        path
        for path in {*(files_of(each, FEATURES) if isinstance(each, Feature) else ()), *each.files}
        if path.endswith(".py")
    }
    for name, each in PARTS.items()
}
JOINTS = [
    (name, joint)
    for name, part in PARTS.items()
    for joint in (part.joints if isinstance(part, Capability) else ())
]
JOINED = {path for _, joint in JOINTS for path in joint.files if path.endswith(".py")}
FOLDERS = ("src", "tests", "examples")
REGISTERS = {MAIN, "src/capabilities.py"}


def imported_by(path: str) -> Iterator[str]:
    """Yield the files that it imports, as far as they are the project's own."""
    for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            module = node.module.replace(".", "/")
            yield from (f"{module}.py", *(f"{module}/{each.name}.py" for each in node.names))


def missing(path: str, there: set[str]) -> set[str]:
    """Return those of its imports that only parts have that are not there."""
    owners = {each: {name for name in PARTS if each in FILES[name]} for each in imported_by(path)}
    return {each for each, names in owners.items() if names and not names & there}


@pytest.mark.parametrize("name", PARTS)
def test_part_builds_on_nothing_but_its_needs(name: str) -> None:
    there = with_needs([name], PARTS)

    # The workshop proves the template as a whole, and never outlives a part.
    paths = [path for path in FILES[name] if not path.startswith("workshop/")]

    assert not {path: lost for path in paths if (lost := missing(path, there))}


@pytest.mark.parametrize(("name", "joint"), JOINTS)
def test_joint_builds_on_nothing_but_its_parts(name: str, joint: Joint) -> None:
    there = with_needs([name, *joint.beside], PARTS)

    assert {*joint.beside} <= PARTS.keys()
    assert all(Path(path).exists() for path in (*joint.files, *joint.lines))
    python = JOINED.intersection(joint.files)
    assert not {path: lost for path in python if (lost := missing(path, there))}


@pytest.mark.parametrize("name", PARTS)
def test_needs_are_parts_themselves(name: str) -> None:
    assert {*PARTS[name].needs} <= PARTS.keys()


def test_files_of_no_part_build_on_none() -> None:
    everything = {str(path) for folder in FOLDERS for path in Path(folder).rglob("*.py")}
    shared = everything.difference(REGISTERS, JOINED, *FILES.values())

    assert shared
    assert not {path: lost for path in shared if (lost := missing(path, set()))}


@pytest.mark.parametrize("name", PARTS)
def test_recorded_files_exist_and_none_of_a_capability_is_written_anew(name: str) -> None:
    part = PARTS[name]

    assert all(Path(path).exists() for path in part.files)
    if not isinstance(part, Feature):
        # A blank tree has no workshop and one migration.
        assert not any(path.startswith(("workshop/", "alembic/versions/")) for path in part.files)
