"""The project's name, everywhere it stands."""

import re
from typing import NamedTuple

from scaffold.apply.plan import Plan
from scaffold.apply.tree import Tree
from scaffold.errors import RefusedError

NAME = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]{0,58}[A-Za-z0-9]")


class Place(NamedTuple):
    path: str
    pattern: str
    """Its one group is the name; it may be there more than once."""
    is_slug: bool = False


PLACES = [
    Place("pyproject.toml", r'^name = "(.*)"$', is_slug=True),
    Place("requirements.txt", r"(\S+) \(pyproject\.toml\)$", is_slug=True),
    Place("README.md", r"\A# (.*)$"),
    Place("scaffold/blank/README.md", r"\A# (.*)$"),
    Place("docs/configuration.md", r"^\| `APP_NAME` \| `(.*?)` \|"),
    Place("src/core/settings.py", r'^    app_name: .* = "(.*)"$'),
]


def to_rename(tree: Tree, name: str) -> Plan:
    if not NAME.fullmatch(name):
        raise RefusedError(
            f"{name}: a name has up to 60 letters, digits, spaces, and . _ - in between."
        )
    slug = re.sub(r"[ ._-]+", "-", name).lower()
    texts: dict[str, str] = {}
    for path, pattern, is_slug in PLACES:
        if not tree.has(path):
            continue
        text = texts.get(path) or tree.read(path)
        if not re.search(pattern, text, re.MULTILINE):
            raise RefusedError(f"{path}: put back the line of the name, such as {pattern}")
        texts[path] = _replaced(pattern, text, slug if is_slug else name)
    return {**texts}


def _replaced(pattern: str, text: str, name: str) -> str:
    def renamed(match: re.Match[str]) -> str:
        return match[0].replace(match[1], name)

    return re.sub(pattern, renamed, text, flags=re.MULTILINE)
