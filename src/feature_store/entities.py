"""Looks at the labels of a training, in a child process."""

import json
from pathlib import Path

from src.feature_store.bounds import ENTITIES
from src.feature_store.label_tables import entities_of, labels_of
from src.jobs.errors import JobError
from src.jobs.report import Report
from src.schemas.job import Json


def run(request: Json, report: Report) -> Json:
    """Write the keys of the entities, a list of JSON, beside the target."""
    table = labels_of(request)
    table.column(request["at_column"])
    entities = sorted({*entities_of(table, request["entity_column"])})
    if len(entities) > ENTITIES:
        raise JobError("rows", f"The labels have more than {ENTITIES} entities.")
    path = Path(request["target"]).with_name("entities.json")
    path.write_text(json.dumps(entities), encoding="utf-8")
    report(message="reading features")
    return {"entities": str(path)}
