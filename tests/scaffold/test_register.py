"""Registration finds its places in what people have made of the files, and leaves no trace."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scaffold.errors import RefusedError
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
ROUTES = "from src.api.routes import health, metrics, projects\n"
PROJECTS = "    app.include_router(projects.router, prefix=API)\n"
HEALTH = "    app.include_router(health.router)\n"
EXPORTS = '__all__ = ["IdempotentAnswer", "Project"]\n'
ALIAS = "ProjectServiceDep = Annotated[ProjectService, Depends(provide(ProjectService))]\n"


def as_shipped(text: str) -> str:
    return text


def with_comments(text: str) -> str:
    for line in (ROUTES, PROJECTS, HEALTH, EXPORTS, ALIAS):
        indent = line[: -len(line.lstrip())]
        text = text.replace(line, f"{indent}# Ours.\n{line.rstrip()}  # ours, too\n")
    return text


def with_one_name_per_line(text: str) -> str:
    routes = "from src.api.routes import (\n    health,  # probes\n    metrics,\n    projects,  # ours\n)\n"
    exports = '__all__ = [\n    # Ours.\n    "IdempotentAnswer",\n    "Project",  # ours, too\n]\n'
    return text.replace(ROUTES, routes).replace(EXPORTS, exports)


def with_brackets(text: str) -> str:
    routes = "from src.api.routes import (health, metrics, projects)\n"
    exports = '__all__ = [\n    "IdempotentAnswer",\n    "Project"\n]\n'
    return text.replace(ROUTES, routes).replace(EXPORTS, exports)


def with_split_imports(text: str) -> str:
    names = ("health", "metrics", "projects")
    return text.replace(ROUTES, "".join(f"from src.api.routes import {name}\n" for name in names))


def with_reordered_includes(text: str) -> str:
    return text.replace(PROJECTS, "").replace(HEALTH, f"{HEALTH}    # Last.\n{PROJECTS}")


def with_other_code(text: str) -> str:
    condition = f"    if settings.metrics:\n    {PROJECTS}    print(app.title)\n"
    return text.replace(HEALTH, condition + HEALTH).replace(ALIAS, f"{ALIAS}\nLIMIT = 5\n")


def with_a_feature_of_their_own(text: str) -> str:
    own = "    app.include_router(\n        reports.router,\n        prefix=API,\n        tags=['x'],\n    )\n"
    text = text.replace(ROUTES, "from src.api.routes import health, metrics, projects, reports\n")
    text = text.replace(PROJECTS, f"{PROJECTS}\n{own}\n")
    text = text.replace(
        EXPORTS, '__all__ = ["IdempotentAnswer", "Project", "Report", "ReportRow"]\n'
    )
    return text.replace(ALIAS, f"{ALIAS}ReportsDep = Annotated[int, Depends(get_database)]\n")


def with_nearly_full_lines(text: str) -> str:
    names = ", ".join(f"projects{number}" for number in range(5))
    text = text.replace(ROUTES, f"from src.api.routes import health, metrics, {names}\n")
    return text.replace(EXPORTS, f'__all__ = ["IdempotentAnswer", "{"P" + 55 * "r"}"]\n')


def without_examples(text: str) -> str:
    imports = ("models.project import Project", "services.project import ProjectService")
    for line in (PROJECTS, ALIAS, *(f"from src.{each}\n" for each in imports)):
        text = text.replace(line, "")
    text = text.replace(ROUTES, "from src.api.routes import health, metrics\n")
    return text.replace(EXPORTS, '__all__ = ["IdempotentAnswer"]\n')


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
# Also where the examples have been removed.
SHIPPED = register({path: Path(path).read_text() for path in PATHS}, "project", "projects")


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


def test_router_follows_the_last_feature_and_precedes_health() -> None:
    changed = register(SHIPPED, "invoice", "invoices")[MAIN]

    line = "    app.include_router(invoices.router, prefix=API)\n"
    assert PROJECTS + line + HEALTH in changed


def test_line_under_a_condition_is_no_place_for_another() -> None:
    changed = register(edited(with_other_code), "invoice", "invoices")[MAIN]

    assert f"{PROJECTS}    app.include_router(invoices.router, prefix=API)\n" in changed


def test_names_that_a_person_imports_from_the_same_module_stay() -> None:
    line = "from src.services.invoice import InvoiceService\n"
    texts = register(SHIPPED, "invoice", "invoices")
    texts[DEPENDENCIES] = texts[DEPENDENCIES].replace(line, line.replace("import ", "import Due, "))

    texts = unregister(texts, "invoice", "invoices")

    assert "from src.services.invoice import Due\n" in texts[DEPENDENCIES]


@pytest.mark.parametrize(
    ("path", "taken_out", "message"),
    [
        (MAIN, "include_router", "the line `app.include_router(health.router)` in create_app"),
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
    text = "".join(rest).replace("    if settings.metrics:\n", "")

    with pytest.raises(RefusedError) as refusal:
        register(SHIPPED | {path: text}, "invoice", "invoices")

    assert str(refusal.value) == f"{path}: put back {message}."


def test_file_with_a_mistake_in_it_is_named() -> None:
    with pytest.raises(RefusedError, match="src/main.py"):
        register(SHIPPED | {MAIN: "def"}, "invoice", "invoices")
