"""Parameters and tags, and the room that there is for them."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from src.core.errors import InvalidError
from src.models.json_types import NAMES, TAGS
from src.models.storable import JSON_BYTES, storable
from src.services.mlflow_errors import NoTagError
from src.services.mlflow_ids import OWN
from src.services.mlflow_run_rows import COMMIT, RUN_NAME

TOO_MUCH = (
    f"There may be at most {NAMES} parameters and {TAGS} tags, besides MLflow's own, of "
    f"{JSON_BYTES} bytes each together."
)
_COMMIT = re.compile("[0-9a-f]{7,40}")


class SplitTags(NamedTuple):
    tags: dict[str, str]
    own: dict[str, str]
    """Those that MLflow itself sets."""


def split(tags: dict[str, str]) -> SplitTags:
    own = {key: value for key, value in tags.items() if key.startswith(OWN) and key != RUN_NAME}
    others = {key: value for key, value in tags.items() if not key.startswith(OWN)}
    return SplitTags(others, own)


def without(tags: Mapping[str, str] | None, key: str) -> dict[str, str]:
    return {name: value for name, value in (tags or {}).items() if name != key}


def without_known(tags: Mapping[str, str] | None, key: str) -> dict[str, str]:
    """Return the other tags. Raises `NoTagError` if there is none of this name."""
    if key not in (tags or {}):
        raise NoTagError
    return without(tags, key)


def commit_of(own: dict[str, str]) -> str | None:
    """Return the commit of the code that the client runs, as experiments name one."""
    commit = own.get(COMMIT, "")
    return commit if _COMMIT.fullmatch(commit) else None


def without_commit(own: dict[str, str]) -> dict[str, str]:
    """Return the tags that are kept beside an experiment, which has the commit itself."""
    return without(own, COMMIT) if commit_of(own) else own


def check_room(values: Mapping[str, object], most: int) -> None:
    """Raise `InvalidError` if a column has no room for these names and values."""
    try:
        if len(values) > most:
            raise ValueError
        storable(dict[str, Any](values))
    except ValueError:
        raise InvalidError(TOO_MUCH) from None
