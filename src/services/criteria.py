"""Criteria for a model's versions, as the conditions and the order of a SELECT."""

from functools import reduce
from math import inf
from operator import add

from sqlalchemy import ColumnElement, UnaryExpression, case
from sqlmodel import col

from src.models.model_version import ModelVersion
from src.schemas.deployment import Criteria
from src.services.measures import measure

MEGABYTE = 1_000_000


def value_of(name: str) -> ColumnElement[float]:
    return measure(col(ModelVersion.test_metrics), name)


def best_first(criteria: Criteria) -> UnaryExpression[float]:
    value = value_of(criteria.primary_metric)
    best = value.desc() if criteria.goal == "max" else value.asc()
    return best.nulls_last()


def conditions_of(criteria: Criteria) -> dict[str, ColumnElement[bool]]:
    """Return the conditions for a version, by their places in the criteria."""
    conditions: dict[str, ColumnElement[bool]] = {
        "primary_metric": value_of(criteria.primary_metric).is_not(None)
    }
    if criteria.metric_threshold is not None:
        conditions["metric_threshold"] = _good_enough(criteria, criteria.metric_threshold)
    for place, each in enumerate(criteria.secondary_metrics):
        conditions[f"secondary_metrics.{place}"] = _within(each.name, each.at_least, each.at_most)
    if criteria.max_model_size_mb is not None:
        most = int(criteria.max_model_size_mb * MEGABYTE)
        conditions["max_model_size_mb"] = col(ModelVersion.size_bytes) <= most
    if criteria.stages is not None:
        conditions["stages"] = col(ModelVersion.stage).in_(criteria.stages)
    return conditions


def failed_by(criteria: Criteria) -> ColumnElement[str]:
    """Return an expression for the places of the failed conditions, each followed by a space."""
    conditions = conditions_of(criteria).items()
    return reduce(add, (case((each, ""), else_=f"{place} ") for place, each in conditions))


def _good_enough(criteria: Criteria, threshold: float) -> ColumnElement[bool]:
    value = value_of(criteria.primary_metric)
    return value >= threshold if criteria.goal == "max" else value <= threshold


def _within(name: str, at_least: float | None, at_most: float | None) -> ColumnElement[bool]:
    """Return a condition on a metric, which a version without the metric fails."""
    low = -inf if at_least is None else at_least
    high = inf if at_most is None else at_most
    return value_of(name).between(low, high)
