"""Names that a feature and its fields may have, and their spellings."""

import keyword
import re
import tomllib
from collections.abc import Collection
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pathlib import Path

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
SECRET = re.compile(r"(^|_)(pas+wo?r?d|pass(phrase)?|pwd|token|secrete?)(_|$)")
"""Names that ruff takes for passwords (S105)."""
IDENTIFIER_BYTES = 63  # PostgreSQL cuts longer ones off in silence
PLURALS = {
    r"(ser|spec)ies$": r"\1ies",
    r"person$": "people",
    r"child$": "children",
    r"(^|_|wo)man$": r"\1men",
    r"sis$": "ses",
    r"quiz$": "quizzes",
    r"(?<![aeiou])y$": "ies",
    r"(s|x|z|ch|sh)$": r"\1es",
    r"$": "s",
}
"""The first that fits."""
SINGULARS = {
    r"people$": "person",
    r"children$": "child",
    r"(^|_|wo)men$": r"\1man",
    r"quizzes$": "quiz",
    r"ies$": "y",
    r"(ss|x|z|ch|sh)es$": r"\1",
    r"s$|$": "",
}


def fault_of_name(name: str) -> str | None:
    """Tell why no code can have this name."""
    if not NAME.fullmatch(name):
        return "must be lower-case words of a-z and 0-9, joined by _"
    if keyword.iskeyword(name) or keyword.iskeyword(name.title()):
        return "is a reserved word of Python"
    return None


def fault_of_column(name: str) -> str | None:
    if name in words("postgresql", "columns"):
        return "is a column that PostgreSQL adds to every table"
    return fault_of_name(name) or fault_in_sql(name)


def fault_in_sql(name: str) -> str | None:
    """Tell which database reserves the name and does not get it in quotes from SQLAlchemy."""
    for database in ("postgresql", "sqlite"):
        if name in words(database, "reserved"):
            dialect = import_module(f"sqlalchemy.dialects.{database}").dialect
            if name not in dialect.preparer.reserved_words:
                return f"is a reserved word of {database} that SQLAlchemy does not quote"
    return None


def in_sql(name: str) -> str:
    """Write the name in a condition, for every database."""
    is_reserved = any(name in words(each, "reserved") for each in ("postgresql", "sqlite"))
    return f'"{name}"' if is_reserved else name


@cache
def words(database: str, kind: str) -> frozenset[str]:
    text = Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
    return frozenset(tomllib.loads(text)[database][kind].split())


def fault_of_feature(name: str, plural: str) -> str | None:
    for each in (name, plural):
        if fault := fault_of_name(each):
            return f"{each} {fault}"
    if fault := fault_in_sql(plural):
        return f"{plural} {fault}: use --plural"
    return f"the plural of {name} must differ from it: use --plural" if name == plural else None


def guess(wrong: str, known: Collection[str]) -> str:
    """Return the end of an error about an unknown name: the most similar name, if there is one."""
    close = get_close_matches(wrong, known, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; there is {', '.join(sorted(known))}" if known else ""


def plural_of(name: str) -> str:
    ending, plural = next(each for each in PLURALS.items() if re.search(each[0], name))
    return re.sub(ending, plural, name, count=1)


def singular_of(plural: str) -> str:
    """Return the singular of which this is the usual plural."""
    ending, singular = next(each for each in SINGULARS.items() if re.search(each[0], plural))
    return re.sub(ending, singular, plural, count=1)


def class_of(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def words_of(name: str) -> str:
    return name.replace("_", " ")
