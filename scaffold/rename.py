"""The project's name, everywhere it stands."""

import re
from typing import NamedTuple

from scaffold.errors import RefusedError
from scaffold.plans import Plan
from scaffold.tree import Tree

NAME = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]*[A-Za-z0-9]")


class Place(NamedTuple):
    path: str
    pattern: str
    """Its one group is the name; it may be there more than once."""
    is_slug: bool = False


PLACES = [
    Place("pyproject.toml", r'^name = "(.*)"$', is_slug=True),
    Place("requirements.txt", r"(\S+) \(pyproject\.toml\)$", is_slug=True),
    Place("README.md", r"\A# (.*)$"),
    Place("README.md", r"^\| `APP_NAME` \| `(.*?)` \|"),
    Place("src/core/config.py", r'^    app_name: str = "(.*)"$'),
]


def to_rename(tree: Tree, name: str) -> Plan:
    if not NAME.fullmatch(name):
        raise RefusedError(f"{name}: a name has letters, digits, spaces, and . _ - in between.")
    slug = re.sub(r"[ ._-]+", "-", name).lower()
    texts: dict[str, str] = {}
    for path, pattern, is_slug in PLACES:
        text = texts.get(path) or tree.read(path)
        if not re.search(pattern, text, re.MULTILINE):
            raise RefusedError(f"{path}: put back the line of the name, such as {pattern}")
        texts[path] = _replaced(pattern, text, slug if is_slug else name)
    return {**texts}


def _replaced(pattern: str, text: str, name: str) -> str:
    def renamed(match: re.Match[str]) -> str:
        return match[0].replace(match[1], name)

    return re.sub(pattern, renamed, text, flags=re.MULTILINE)
