"""What the README says in tables is what the code does."""

import re
from pathlib import Path

from pydantic_core import PydanticUndefined

from src.core.settings import Settings

README = Path("README.md").read_text()


def test_configuration_table_lists_every_setting_with_its_default() -> None:
    table = re.findall(r"^\| `([A-Z_]+)` \| ([^|]*) \|", README, re.MULTILINE)

    written = {name: default.strip("` ") for name, default in table}
    expected = {name.upper(): shown(field.default) for name, field in Settings.model_fields.items()}
    assert written == expected | {"DATABASE_READ_URL": "the database itself"}


def shown(default: object) -> str:
    if default is PydanticUndefined:
        return "none, required"
    return ",".join(default) or "none" if isinstance(default, tuple) else str(default)


def test_tour_of_the_tree_leads_to_modules_that_exist_and_to_all_of_the_core() -> None:
    tour = README.split("## A tour of the tree")[1].split("```")[1]

    named = set(re.findall(r"\w+\.py", tour))
    existing = {path.name for folder in ("src", "alembic") for path in Path(folder).rglob("*.py")}
    assert named <= existing
    assert {path.name for path in Path("src/core").glob("[!_]*.py")} <= named


def test_commands_of_the_makefile_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", Path("Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"^make ([a-z-]+)", README, re.MULTILINE)) <= targets
