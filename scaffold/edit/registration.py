"""The name and the line by which `src/main.py` knows a feature."""

import re

from scaffold.errors import RefusedError
from scaffold.write.ruff import tidied

MAIN = "src/main.py"
# Statements of create_app, on as many lines as they take.
REST = r".*\r?\n(?:(?:     .*|    \).*)\r?\n)*"
ROUTER = re.compile(rf"^    api = APIRouter\({REST}", re.MULTILINE)
INCLUSION = re.compile(rf"^    api\.include_router\({REST}", re.MULTILINE)
NAME = re.compile(r"^ *api\.include_router\(\s*(\w+)\.", re.MULTILINE)
FIRST_IMPORT = re.compile(r"^from src\.", re.MULTILINE)
ONE_LINE_IF_IT_FITS = ("--config", "lint.isort.split-on-trailing-comma=false")


def registered(main: str) -> list[str]:
    """Return the names of the route modules, in their order."""
    return list(dict.fromkeys(NAME.findall(main)))


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


def unregister(main: str, plural: str) -> str:
    """Take out the router, and further ones that people have added to the feature."""
    inclusion = rf"^( *)api\.include_router\(\s*{plural}\..*\r?\n(?:(?:\1 .*|\1\).*)\r?\n)*"
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
