"""Bodies of documents that are older than their kind is today."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

type Body = dict[str, Any]
type Step = Callable[[Body], Body]


def _with_checkpoints(session: Body) -> Body:
    """Version 1 had only the address of each checkpoint."""
    return {**session, "checkpoints": [{"uri": uri} for uri in session["checkpoints"]]}


STEPS: Mapping[str, Sequence[Step]] = {"model_session": (_with_checkpoints,)}
"""The first leads from version 1 of the kind to version 2, the next from there, and so on."""


def upgraded(body: Body) -> Body:
    """Return the body in the newest version of its kind; what is stored stays as it was written."""
    for step in STEPS.get(body["kind"], ())[body["schema_version"] - 1 :]:
        body = {**step(body), "schema_version": body["schema_version"] + 1}
    return body
