"""The name and the line by which `src/main.py` knows a feature."""

import ast
import re

from scaffold.errors import RefusedError
from scaffold.write.ruff import tidied

MAIN = "src/main.py"
# Statements of create_app, on as many lines as they take.
REST = r".*\r?\n(?:(?:     .*|    \).*)\r?\n)*"
ROUTER = re.compile(rf"^    api = APIRouter\({REST}", re.MULTILINE)
INCLUSION = re.compile(rf"^    api\.include_router\({REST}", re.MULTILINE)
NAME = re.compile(r"^ *api\.include_router\(\s*(\w+)", re.MULTILINE)
FIRST_IMPORT = re.compile(r"^from src\.", re.MULTILINE)
ONE_LINE_IF_IT_FITS = ("--config", "lint.isort.split-on-trailing-comma=false")


def registered(main: str) -> list[str]:
    """Return the names of the route modules, in their order."""
    modules = {name: plural for plural, names in imported(main).items() for name in names}
    return list(dict.fromkeys(modules.get(name, name) for name in NAME.findall(main)))


def imported(main: str) -> dict[str, set[str]]:
    """Return the names that stand for each route module or for a part of it."""
    names: dict[str, set[str]] = {}
    for each in ast.walk(parsed(main)):
        if isinstance(each, ast.ImportFrom) and each.module:
            package, _, module = each.module.partition("src.api.routes")
            for alias in each.names if not package else ():
                names.setdefault(module.lstrip(".") or alias.name, set()).add(
                    alias.asname or alias.name
                )
    return names


def parsed(main: str) -> ast.Module:
    try:
        return ast.parse(main)
    except SyntaxError as error:
        raise RefusedError(f"{MAIN}:{error.lineno}: {error.msg}. Mend it, and try again.") from None


def register(main: str, plural: str) -> str:
    """Include the router below the others. A second time changes nothing."""
    if plural in registered(main):
        return main
    places = [*ROUTER.finditer(main), *INCLUSION.finditer(main)]
    line, end = f"    api.include_router({plural}.router)", _line_end(main)
    text = _with(main, places[-1].end() if places else None, line + end)
    place = FIRST_IMPORT.search(main)
    statement = f"from src.api.routes import {plural}{end}"
    return _tidied(main, _with(text, place.start() if place else None, statement))


def unregister(main: str, *plurals: str) -> str:
    """Take out the routers, and further ones that people have added to the features."""
    modules = imported(main)
    names = "|".join(name for each in plurals for name in {each, *modules.get(each, ())})
    if not names:
        return main
    inclusion = rf"^( *)api\.include_router\(\s*(?:{names})\b.*\r?\n(?:(?:\1 .*|\1\).*)\r?\n)*"
    text = re.sub(inclusion, "", main, flags=re.MULTILINE)
    return main if text == main else _tidied(main, text)


def _with(text: str, place: int | None, line: str) -> str:
    if place is None:
        raise RefusedError(
            f"{MAIN}: put back the line `    api = APIRouter(...)` in create_app, and "
            "an import from src, below which the lines of features stand."
        )
    return text[:place] + line + text[place:]


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _tidied(before: str, after: str) -> str:
    """Imports of one name per line stay so, where a person has written them."""
    is_theirs = tidied({MAIN: before}, *ONE_LINE_IF_IT_FITS)[MAIN] != before
    return tidied({MAIN: after}, *(() if is_theirs else ONE_LINE_IF_IT_FITS))[MAIN]
