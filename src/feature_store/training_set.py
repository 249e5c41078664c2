"""Makes a training set, in a child process."""

from pathlib import Path

from src.feature_store.joining import joined
from src.feature_store.label_tables import create_labels, labels_of, opened
from src.jobs.errors import JobError
from src.jobs.report import Report
from src.previews.engine import literal
from src.schemas.job import Json
from src.schemas.version_features import ViewColumns


def run(request: Json, report: Report) -> Json:
    """Join the labels with the features as of their times, and write Parquet."""
    table, target = labels_of(request), Path(request["target"])
    entity, at = request["entity_column"], request["at_column"]
    views = [ViewColumns.model_validate(each) for each in request["views"]]
    _check_names([each for each in table.columns if each not in {entity, at}], views)
    with opened(target.parent) as connection:
        labels = create_labels(connection, table, entity, at)
        rows = joined(labels, views, [Path(each) for each in request["histories"]])
        connection.execute(f"COPY ({rows}) TO {literal(str(target))} (FORMAT parquet)")
    report(message="training")
    return {}


def _check_names(others: list[str], views: list[ViewColumns]) -> None:
    """Raise `JobError` if a column has the name of a feature: DuckDB tells them apart by case."""
    names = {each.lower() for each in others}
    if taken := sorted(name for view in views for name in view.types if name in names):
        raise JobError("columns", f"The labels have a column of the name of a feature: {taken[0]}.")
