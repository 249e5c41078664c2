"""A refusal comes before the libraries that it does not need are loaded."""

import subprocess
import sys
from pathlib import Path

import pytest

from workshop.generator.conftest import Scaffold

COMMAND = """
import sys
from scaffold.commands.app import main
try:
    main()
except SystemExit as end:
    code = end.code
heavy = {"alembic", "jinja2", "pydantic", "sqlalchemy", "src"}
print(code, *sorted(heavy & sys.modules.keys()))
"""


@pytest.fixture
def customers(root: Path, scaffold: Scaffold) -> Path:
    scaffold("add", "customer", "name:str:unique", "rank:int:optional")
    return root


@pytest.mark.parametrize(
    "arguments",
    [
        "add box size:itn",
        "add customer name:text",
        "add box customr:ref",
        "add page name:str",
        "add users2 name:str --plural users",
        "add upload name:str",
        "add tracing name:str",
        "field add custome x:int",
        "field add customer x:int",
        "field add customer name:str:optional",
        "field change customer name:date",
        "field rename customer rank class",
        "feature change customer --unique name,ran",
        "feature change customer --check rank>name",
        "job resize_images width:itn",
        "job resize_images customr:ref",
        "job resize_images width:int:unique",
        "job customers width:int",
        "job uploads width:int",
        "job jobs width:int",
    ],
)
def test_refusal_loads_no_library(customers: Path, arguments: str) -> None:
    command = [sys.executable, "-c", COMMAND, *arguments.split()]

    run = subprocess.run(command, cwd=customers, capture_output=True, check=True, encoding="utf-8")

    assert run.stdout == "2\n", run.stderr


def test_name_of_a_base_class_loads_only_the_models(customers: Path) -> None:
    command = [sys.executable, "-c", COMMAND, "add", "box", "copy:str"]

    run = subprocess.run(command, cwd=customers, capture_output=True, check=True, encoding="utf-8")

    assert run.stdout == "2 pydantic sqlalchemy src\n", run.stderr
