"""Values as JSON has them, and previews that are not too large."""

import json
from math import isfinite

from src.previews.bounds import PREVIEW_BYTES, SHOWN_CHARACTERS
from src.previews.tables import Json

type Cell = bool | int | float | str | None

SAFE = 2**53 - 1
"""JavaScript rounds larger integers."""
LENGTHS = (SHOWN_CHARACTERS, 30, 10)
"""To which texts are cut, one after the other, until a preview is small enough."""


def cell(kind: str, text: str | None) -> Cell:
    """Return a value that DuckDB has written as a text."""
    if text is None:
        return None
    match kind:
        case "boolean":
            return text == "true"
        case "integer":
            return int(text) if abs(int(text)) <= SAFE else text
        case "number":
            return float(text) if isfinite(float(text)) else text
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def finite(number: float | None) -> float | None:
    return number if number is not None and isfinite(number) else None


def fitted(preview: Json) -> Json:
    """Return the preview with shorter texts and, if that is not enough, with fewer columns."""
    for length in LENGTHS:
        cut: Json = _cut(preview, length)
        if _fits(cut):
            return cut
    while not _fits(cut):
        most = len(cut["columns"]) // 2
        rows = [row[:most] for row in cut["rows"]]
        cut |= {"columns": cut["columns"][:most], "rows": rows}
    return cut


def _fits(preview: Json) -> bool:
    return len(json.dumps(preview)) <= PREVIEW_BYTES


def _cut[Value](value: Value, length: int) -> Value:
    match value:
        case str() if len(value) > length:
            return value[: length - 1] + "…"  # type: ignore[return-value]  # a text as well
        case list():
            return [_cut(each, length) for each in value]  # type: ignore[return-value]
        case dict():
            return {name: _cut(each, length) for name, each in value.items()}  # type: ignore[return-value]
    return value
