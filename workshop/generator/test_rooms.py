"""The rooms of the generator: imports point downwards, and no file needs scrolling."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

FLOORS = [
    {"__main__"},
    {"commands"},
    {"update"},
    {"plans"},
    {"migrate", "edit", "docs"},
    {"write", "apply"},
    {"spec"},
]
ALLOWED = {
    room: {room, "errors"}.union(*FLOORS[number + 1 :])
    for number, floor in enumerate(FLOORS)
    for room in floor
} | {"errors": set()}
MODULES = sorted(Path("scaffold").rglob("*.py"))
LINES = 150


def room_of(path: Path) -> str:
    return path.relative_to("scaffold").with_suffix("").parts[0]


def imports_of(path: Path) -> Iterator[list[str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            assert node.module
            yield node.module.split(".")
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".") for alias in node.names)


def test_imports_point_down() -> None:
    upwards = [
        f"{path} imports {'.'.join(module)}"
        for path in MODULES
        for module in imports_of(path)
        if module[0] == "scaffold" and path.name != "__init__.py"
        if module[1] not in ALLOWED[room_of(path)]
    ]

    assert upwards == []


def test_no_two_modules_of_a_room_import_each_other() -> None:
    imported = {
        ".".join(path.with_suffix("").parts): {".".join(each) for each in imports_of(path)}
        for path in MODULES
    }

    for start, modules in imported.items():
        reached, waiting = set[str](), [*modules]
        while waiting:
            if (module := waiting.pop()) in imported and module not in reached:
                reached.add(module)
                waiting += imported[module]
        assert start not in reached


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_file_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LINES
