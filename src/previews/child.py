"""Makes a preview, in a child process."""

from collections.abc import Callable
from pathlib import Path

from src.previews.cells import fitted
from src.previews.engine import limits_in
from src.previews.opening import opened
from src.previews.profile import profiled
from src.previews.tables import Json


def run(request: Json, report: Callable[..., None]) -> Json:
    """Return the preview of the file at ``path``; ``folder`` is for what does not fit into memory."""
    path, folder = Path(request["path"]), Path(request["folder"])
    with opened(path, folder, limits_in(folder), request["options"]) as (encoding, database, table):
        return fitted({"encoding": encoding, **profiled(database, table)})
