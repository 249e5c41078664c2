"""Registration finds its places in what people have made of the files, and leaves no trace."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scaffold.errors import RefusedError
from scaffold.records import load_features
from scaffold.register import DEPENDENCIES, MAIN, MODELS, register, unregister

PATHS = (MAIN, MODELS, DEPENDENCIES)
LONG = "very_long_name_of_something_that_is_kept"
FEATURES = {
    "account": "accounts",
    "invoice": "invoices",
    "zebra2": "zebra2s",
    "zebra10": "zebra10s",
    "quarterly_financial_statement": "quarterly_financial_statements",
    LONG: "very_long_names_of_things_that_are_kept",
}
# With one example, whichever there are.
SHIPPED = {path: Path(path).read_text() for path in PATHS}
for feature in load_features(Path()).values():
    SHIPPED = unregister(SHIPPED, feature.name, feature.plural)
SHIPPED = register(SHIPPED, "project", "projects")
NAMES = re.findall(r"^from src\.api\.routes import (.*)", SHIPPED[MAIN], re.MULTILINE)[0].split(
    ", "
)
TABLES = re.findall(r"^__all__ = \[(.*)\]", SHIPPED[MODELS], re.MULTILINE)[0].split(", ")
ROUTES = f"from src.api.routes import {', '.join(NAMES)}\n"
PROJECTS = "    api.include_router(projects.router)\n"
API = "    app.include_router(api)\n"
EXPORTS = f"__all__ = [{', '.join(TABLES)}]\n"
ALIAS = "ProjectServiceDep = Annotated[ProjectService, Depends(provide(ProjectService))]\n"


def as_shipped(text: str) -> str:
    return text


def with_comments(text: str) -> str:
    for line in (ROUTES, PROJECTS, API, EXPORTS, ALIAS):
        indent = line[: -len(line.lstrip())]
        text = text.replace(line, f"{indent}# Ours.\n{line.rstrip()}  # ours, too\n")
    return text


def with_one_name_per_line(text: str) -> str:
    lines = "".join(f"    {name},  # ours\n" for name in NAMES)
    routes = f"from src.api.routes import (\n{lines})\n"
    tables = "".join(f"    {name},\n" for name in TABLES)
    tables = tables.replace('"Project",', '"Project",  # ours, too')
    exports = f"__all__ = [\n    # Ours.\n{tables}]\n"
    return text.replace(ROUTES, routes).replace(EXPORTS, exports)


def with_brackets(text: str) -> str:
    routes = f"from src.api.routes import ({', '.join(NAMES)})\n"
    exports = "__all__ = [\n    " + ",\n    ".join(TABLES) + "\n]\n"
    return text.replace(ROUTES, routes).replace(EXPORTS, exports)


def with_split_imports(text: str) -> str:
    return text.replace(ROUTES, "".join(f"from src.api.routes import {name}\n" for name in NAMES))


def with_reordered_includes(text: str) -> str:
    return text.replace(PROJECTS, "").replace(API, f"    # Last.\n{PROJECTS}{API}")


def with_other_code(text: str) -> str:
    condition = f"    if settings.metrics:\n    {PROJECTS}    print(app.title)\n"
    return text.replace(API, condition + API).replace(ALIAS, f"{ALIAS}\nLIMIT = 5\n")


def with_a_feature_of_their_own(text: str) -> str:
    own = "    app.include_router(\n        reports.router,\n        prefix=API,\n        tags=['x'],\n    )\n"
    text = text.replace(ROUTES, ROUTES.replace("projects", "projects, reports"))
    text = text.replace(PROJECTS, f"{PROJECTS}\n{own}\n")
    text = text.replace(EXPORTS, EXPORTS.replace('"Project"', '"Project", "Report", "ReportRow"'))
    return text.replace(ALIAS, f"{ALIAS}ReportsDep = Annotated[int, Depends(get_database)]\n")


def with_nearly_full_lines(text: str) -> str:
    names = ", ".join(f"projects{number}" for number in range(5))
    text = text.replace(ROUTES, f"from src.api.routes import health, metrics, {names}\n")
    return text.replace(EXPORTS, f'__all__ = ["IdempotentAnswer", "{"P" + 55 * "r"}"]\n')


def without_examples(text: str) -> str:
    imports = ("models.project import Project", "services.project import ProjectService")
    for line in (PROJECTS, ALIAS, *(f"from src.{each}\n" for each in imports)):
        text = text.replace(line, "")
    names = [name for name in NAMES if name != "projects"]
    text = text.replace(ROUTES, f"from src.api.routes import {', '.join(names)}\n")
    tables = [name for name in TABLES if name != '"Project"']
    return text.replace(EXPORTS, f"__all__ = [{', '.join(tables)}]\n")


def with_windows_line_ends(text: str) -> str:
    return text.replace("\n", "\r\n")


def without_last_line_end(text: str) -> str:
    return text.rstrip("\n")


VARIANTS = [
    as_shipped,
    with_comments,
    with_one_name_per_line,
    with_brackets,
    with_split_imports,
    with_reordered_includes,
    with_other_code,
    with_a_feature_of_their_own,
    with_nearly_full_lines,
    without_examples,
    with_windows_line_ends,
    without_last_line_end,
]


def edited(variant: Callable[[str], str]) -> dict[str, str]:
    return {path: variant(text) for path, text in SHIPPED.items()}


def ruff(path: str, text: str) -> None:
    for command in (["check", "--select", "I,RUF022"], ["format", "--diff"]):
        subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--stdin-filename", path, "-"],
            input=text,
            text=True,
            check=True,
        )


@pytest.mark.parametrize(
    ("variant", "name"),
    [
        *((variant, "account") for variant in VARIANTS),
        (as_shipped, LONG),
        (with_one_name_per_line, LONG),
        (with_nearly_full_lines, "zebra2"),
    ],
)
def test_what_is_added_and_removed_leaves_every_byte(
    variant: Callable[[str], str], name: str
) -> None:
    before = edited(variant)

    after = register(before, name, FEATURES[name])

    for path in PATHS:
        assert after[path] != before[path]
        compile(after[path], path, "exec")
        comments = re.findall("#.*", before[path])
        assert re.findall("#.*", after[path]) == comments
    assert register(after, name, FEATURES[name]) == after
    assert unregister(after, name, FEATURES[name]) == before


@pytest.mark.parametrize("variant", [as_shipped, with_nearly_full_lines, without_examples])
def test_what_is_added_is_formatted_and_sorted(variant: Callable[[str], str]) -> None:
    texts = edited(variant)
    for name, plural in FEATURES.items():
        texts = register(texts, name, plural)

        for path, text in texts.items():
            ruff(path, text)


def test_features_are_removed_in_any_order() -> None:
    texts = SHIPPED
    for name, plural in FEATURES.items():
        texts = register(texts, name, plural)

    for name, plural in FEATURES.items():
        texts = unregister(texts, name, plural)

    assert texts == SHIPPED


def test_router_follows_the_last_feature() -> None:
    changed = register(SHIPPED, "invoice", "invoices")[MAIN]

    assert f"{PROJECTS}    api.include_router(invoices.router)\n{API}" in changed


def test_first_router_follows_what_it_is_part_of() -> None:
    main = re.sub(r"    api\.include_router.*\n", "", SHIPPED[MAIN])

    changed = register(SHIPPED | {MAIN: main}, "invoice", "invoices")[MAIN]

    assert re.search(r" = APIRouter\(.*\)\n    api\.include_router\(invoices\.router\)\n", changed)


def test_service_of_what_is_owned_knows_the_caller() -> None:
    changed = register(SHIPPED, "invoice", "invoices", owned=True)[DEPENDENCIES]

    assert "Depends(provide_own(InvoiceService))" in changed


def test_line_under_a_condition_is_no_place_for_another() -> None:
    changed = register(edited(with_other_code), "invoice", "invoices")[MAIN]

    assert f"{PROJECTS}    api.include_router(invoices.router)\n" in changed


def test_further_routers_of_a_feature_go_with_it() -> None:
    texts = register(SHIPPED, "invoice", "invoices")
    line = "    api.include_router(invoices.router)\n"
    texts[MAIN] = texts[MAIN].replace(line, f"{line}    api.include_router(invoices.by_number)\n")

    assert unregister(texts, "invoice", "invoices") == SHIPPED


def test_names_that_a_person_imports_from_the_same_module_stay() -> None:
    line = "from src.services.invoice import InvoiceService\n"
    texts = register(SHIPPED, "invoice", "invoices")
    texts[DEPENDENCIES] = texts[DEPENDENCIES].replace(line, line.replace("import ", "import Due, "))

    texts = unregister(texts, "invoice", "invoices")

    assert "from src.services.invoice import Due\n" in texts[DEPENDENCIES]


@pytest.mark.parametrize(
    ("path", "taken_out", "message"),
    [
        (MAIN, "APIRouter(", "the line `api = APIRouter(prefix=API, ...)` in create_app"),
        (MODELS, "__all__", 'the list `__all__ = ["IdempotentAnswer"]`'),
        (MODELS, "from src", "an import from src, for those of the features to stand next to"),
        (
            DEPENDENCIES,
            "Annotated[",
            "the line `IfMatch = Annotated[...]` below the function provide",
        ),
    ],
)
def test_missing_place_is_named_with_what_to_put_back(
    path: str, taken_out: str, message: str
) -> None:
    rest = [line for line in SHIPPED[path].splitlines(True) if taken_out not in line]

    with pytest.raises(RefusedError) as refusal:
        register(SHIPPED | {path: "".join(rest)}, "invoice", "invoices")

    assert str(refusal.value) == f"{path}: put back {message}."


def test_file_with_a_mistake_in_it_is_named() -> None:
    with pytest.raises(RefusedError, match="src/main.py"):
        register(SHIPPED | {MAIN: "def"}, "invoice", "invoices")
