"""The operations by which migrations make and drop the index of a table's words."""

import json

from scaffold.spec.feature import Feature

UNTYPED = "  # type: ignore[attr-defined]  # alembic/plugins/search.py adds it\n"


def created(feature: Feature) -> str:
    return _operation("create", feature)


def dropped(feature: Feature) -> str:
    return _operation("drop", feature)


def _operation(verb: str, feature: Feature) -> str:
    if not feature.searched:
        return ""
    arguments = f"{json.dumps(feature.plural)}, {json.dumps(feature.searched)}"
    return f"op.{verb}_search({arguments}){UNTYPED}"
