"""The tables of limits in docs/ match the code, and name tests that exist."""

import re
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from fastapi import APIRouter

from src.api import routes
from src.api.capability import settings_with
from src.api.limits import is_streaming
from src.capabilities import CAPABILITIES

HEADER = "| what | most | by | the client gets | test |"
ROW = re.compile(r"\| [^|]+ \| ([0-9,.]+) \| `([\w.]+)` \| [^|]+ \| `(\w+)::(\w+)` \|")
ROWS = [
    row
    for page in sorted(Path("docs").glob("*.md"))
    for table in page.read_text(encoding="utf-8").split(f"{HEADER}\n")[1:]
    for row in table.split("\n\n")[0].splitlines()[1:]
]


def value_of(name: str) -> object:
    """Return a constant, in hours if it is a duration, or the default of a setting."""
    if name.isupper():
        return settings_with(CAPABILITIES).model_fields[name.lower()].default
    module, _, constant = name.rpartition(".")
    value = getattr(import_module(module), constant)
    return value / timedelta(hours=1) if isinstance(value, timedelta) else value


def test_pages_have_limits() -> None:
    assert len(ROWS) > 20


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2:40])
def test_limit_is_that_of_the_code_and_has_a_test(row: str) -> None:
    parts = ROW.fullmatch(row)
    assert parts, "a number, the name of a constant or a setting, and module::test"
    most, by, module, test = parts.groups()
    assert float(most.replace(",", "")) == value_of(by)
    found = [*Path("tests").rglob(f"{module}.py")]
    assert any(
        re.search(rf"^(async )?def {test}\(", p.read_text(encoding="utf-8"), re.MULTILINE)
        for p in found
    )


def test_proxy_of_the_page_lets_the_largest_bodies_pass() -> None:
    """Files have a place of their own."""
    page = Path("docs/deployment.md").read_text(encoding="utf-8")
    found = re.search(r"client_max_body_size (\d+)m;", page)
    modules = [
        import_module(f"{routes.__name__}.{each.name}") for each in iter_modules(routes.__path__)
    ]
    routers = [
        each for module in modules for each in vars(module).values() if isinstance(each, APIRouter)
    ]
    limits = [
        getattr(route, "body_limit", None) or 0
        for router in routers
        for route in router.routes
        if not is_streaming(getattr(route, "endpoint", None))
    ]

    assert found
    assert max(limits, default=0) <= int(found[1]) * 2**20
