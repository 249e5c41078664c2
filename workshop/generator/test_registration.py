"""Registration finds its places in a file that people have changed, and leaves no trace."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scaffold.edit.registration import MAIN, register, registered, unregister
from scaffold.errors import RefusedError
from scaffold.write.ruff import tidied

NAMES = ["accounts", "zebra2s", "zebra10s", "very_long_names_of_things_that_are_kept_for_years"]
SHIPPED = Path(MAIN).read_text(encoding="utf-8")
for _plural in registered(SHIPPED):
    SHIPPED = unregister(SHIPPED, _plural)
SHIPPED = register(SHIPPED, "projects")
(ROUTES,) = re.findall(r"^from src\.api\.routes import .*\n", SHIPPED, re.MULTILINE)
OTHERS = ROUTES.split(" import ")[1].strip().split(", ")
PROJECTS = "    api.include_router(projects.router)\n"
API = "    app.include_router(api)\n"


def as_shipped(text: str) -> str:
    return text


def with_comments(text: str) -> str:
    for line in (ROUTES, PROJECTS, API):
        indent = line[: -len(line.lstrip())]
        text = text.replace(line, f"{indent}# Ours.\n{line.rstrip()}  # ours, too\n")
    return text


def with_one_name_per_line(text: str) -> str:
    lines = "".join(f"    {name},  # ours\n" for name in OTHERS)
    return text.replace(ROUTES, f"from src.api.routes import (\n{lines})\n")


def with_reordered_includes(text: str) -> str:
    return text.replace(PROJECTS, "").replace(API, f"    # Last.\n{PROJECTS}{API}")


def with_a_condition(text: str) -> str:
    condition = f"    if settings.app_name:\n    {PROJECTS}        print(app.title)\n"
    return text.replace(API, condition + API)


def with_routers_of_their_own(text: str) -> str:
    own = "    api.include_router(\n        reports.router,\n        tags=['x'],\n    )\n".replace(
        "'", '"'
    )
    text = text.replace(ROUTES, ROUTES.replace("projects", "projects, reports"))
    return text.replace(PROJECTS, PROJECTS + own)


def with_a_long_router(text: str) -> str:
    return re.sub(
        r"    api = APIRouter\((?:.|\n)*?\n(?=    \S|\n)",
        '    api = APIRouter(\n        prefix=API,\n        tags=["a"],\n    )\n',
        text,
    )


def with_a_nearly_full_line(text: str) -> str:
    while len(next(line for line in text.splitlines() if "api.routes" in line)) < 90:
        text = register(text, f"projects{len(registered(text))}")
    return text


def without_features(text: str) -> str:
    return unregister(text, "projects")


def with_windows_line_ends(text: str) -> str:
    return text.replace("\n", "\r\n")


VARIANTS = [
    as_shipped,
    with_comments,
    with_one_name_per_line,
    with_reordered_includes,
    with_a_condition,
    with_routers_of_their_own,
    with_a_long_router,
    with_a_nearly_full_line,
    without_features,
    with_windows_line_ends,
]


def faults_of(text: str) -> str:
    faults = ""
    for command in (["check", "--quiet", "--select", "I"], ["format", "--diff", "--quiet"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--stdin-filename", MAIN, "-"]
        faults += subprocess.run(
            ruff, input=text, encoding="utf-8", capture_output=True, check=False
        ).stdout
    return faults


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_added_and_removed_leaves_every_byte(
    variant: Callable[[str], str], name: str
) -> None:
    before = tidied({MAIN: variant(SHIPPED)})[MAIN]

    after = register(before, name)

    assert after != before
    assert registered(after).count(name) == 1
    assert re.findall("#.*", after) == re.findall("#.*", before)
    assert faults_of(after) == ""
    assert register(after, name) == after
    assert unregister(after, name) == before


def test_features_are_removed_in_any_order() -> None:
    text = SHIPPED
    for name in NAMES:
        text = register(text, name)

    for name in NAMES:
        text = unregister(text, name)

    assert text == SHIPPED


@pytest.mark.parametrize("variant", [as_shipped, with_a_condition])
def test_router_follows_the_last_one_that_is_always_there(variant: Callable[[str], str]) -> None:
    changed = register(variant(SHIPPED), "invoices")

    assert f"{PROJECTS}    api.include_router(invoices.router)\n" in changed


def test_first_router_follows_what_it_is_part_of() -> None:
    changed = register(with_a_long_router(without_features(SHIPPED)), "invoices")

    assert '["a"],\n    )\n    api.include_router(invoices.router)\n' in changed


def test_further_routers_of_a_feature_go_with_it() -> None:
    line = "    api.include_router(invoices.router)\n"
    further = "    api.include_router(\n        invoices.by_number,\n        tags=[],\n    )\n"
    text = register(SHIPPED, "invoices").replace(line, line + further)

    assert unregister(text, "invoices") == SHIPPED


@pytest.mark.parametrize("missing", ["APIRouter", "src."])
def test_missing_place_is_named_with_what_to_put_back(missing: str) -> None:
    text = without_features(SHIPPED).replace(missing, "other")

    with pytest.raises(RefusedError, match=r"put back the line `    api = APIRouter\(.*an import"):
        register(text, "invoices")


def test_file_with_a_mistake_in_it_is_named() -> None:
    with pytest.raises(RefusedError, match=r"src/main\.py:\d+:"):
        register(f"{SHIPPED}def", "invoices")
