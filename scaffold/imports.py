"""The imports that a text needs, found by the names it uses."""

import re
from collections import defaultdict
from collections.abc import Mapping

KNOWN = {
    "typing": ["Annotated", "Any", "Literal"],
    "datetime": ["date", "UTC", "datetime", "timedelta"],
    "decimal": ["Decimal"],
    "itertools": ["count"],
    "uuid": ["UUID", "uuid4"],
    "http": ["HTTPStatus"],
    "pydantic": ["MISSING", "StringConstraints"],
    "sqlalchemy": ["BigInteger", "ForeignKeyConstraint", "Index", "String", "UniqueConstraint"],
    "sqlmodel": ["Field", "SQLModel"],
    "fastapi": ["Query"],
    "httpx": ["AsyncClient"],
    "src.models.base": ["Entity", "Owned"],
    "src.models.decimals": ["Digits", "Exact"],
    "src.models.json_objects": ["JsonColumn", "JsonObject"],
    "src.models.types": [
        "Bool", "Date", "Email", "Float", "FloatQuery", "Int32", "Int32Query",
        "Label", "SafeInt", "SafeIntQuery", "Stripped", "Text", "Timestamp", "Url",
        "one_of",
    ],
    "src.schemas.base": ["EntityResponse", "Payload"],
    "src.schemas.page": ["Page", "PageQuery"],
}  # fmt: skip
STANDARD = {"datetime", "decimal", "http", "itertools", "typing", "uuid"}


def with_imports(text: str, own: Mapping[str, list[str]] = {}) -> str:
    """The text, below the imports of what it uses: of what is known, and of the feature's own."""
    code = re.sub(r'"(\\.|[^"\\\n])*"', _evaluated, text)
    used = set(re.findall(r"(?<![.\w])(?:[A-Z]\w*|\w+(?=[(.]))", code))
    sections: dict[int, list[str]] = defaultdict(list)
    for module, names in sorted((KNOWN | dict(own)).items()):
        if found := sorted(used.intersection(names), key=_isort_key):
            sections[_section(module)].append(f"from {module} import {', '.join(found)}")
    if "@pytest" in code:
        sections[1] = sorted([*sections[1], "import pytest"], key=_is_from)
    blocks = ["\n".join(sections[each]) for each in sorted(sections)]
    return "\n\n".join([*blocks, text])


def _evaluated(string: re.Match[str]) -> str:
    """What stands in the braces of an f-string."""
    return " ".join(["", *re.findall(r"\{([^{}]*)\}", string[0]), ""])


def _section(module: str) -> int:
    if module in STANDARD:
        return 0
    return 2 if module.startswith(("src.", "tests.")) else 1


def _isort_key(name: str) -> tuple[int, str]:
    """Constants come first, then classes, then the rest."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2, name)


def _is_from(line: str) -> bool:
    return line.startswith("from")
