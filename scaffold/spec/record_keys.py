"""The keys of records, and what their values are."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from scaffold.errors import RefusedError


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


FORMS: Mapping[str, Callable[[object], bool]] = {
    "a text": lambda value: isinstance(value, str),
    "true or false": lambda value: isinstance(value, bool),
    "a time": lambda value: isinstance(value, datetime),
    "a table": lambda value: isinstance(value, dict),
    "a list of texts": _is_texts,
    "a list of lists": lambda value: isinstance(value, list) and all(map(_is_texts, value)),
}
KEYS = {
    **dict.fromkeys(("name", "plural", "sort", "included_as"), "a text"),
    **dict.fromkeys(("fields", "checks", "by_hand", "needs"), "a list of texts"),
    **dict.fromkeys(("owned", "job", "sink", "default"), "true or false"),
    "unique": "a list of lists",
    "migration": "a table",
}
KEYS_OF_MIGRATION = {"revision": "a text", "down_revision": "a text", "created": "a time"}


def refuse_wrong(
    path: Path, written: Mapping[str, object], forms: Mapping[str, str], table: str | None = None
) -> None:
    """Raise `RefusedError` for a key or a value that a record of a feature cannot have."""
    refuse_unknown(path, written, forms, table)
    for key, value in written.items():
        if not FORMS[forms[key]](value):
            raise RefusedError(f"{path}: {key} has to be {forms[key]}. Mend it, and try again.")


def refuse_unknown(
    path: Path, written: Iterable[str], known: Collection[str], table: str | None = None
) -> None:
    """Raise `RefusedError` for a key that a table cannot have, such as one of the table above."""
    for key in written:
        if key not in known:
            place = f"[{table}]" if table else "the part above all tables"
            raise RefusedError(
                f"{path}: {key} is not a key of {place}, which has {', '.join(sorted(known))}. "
                "A key belongs to the table that stands above it: move or remove it."
            )
