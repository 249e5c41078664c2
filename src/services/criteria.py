"""Criteria for a model's versions, as the conditions and the order of a SELECT."""

from functools import reduce
from math import inf
from operator import add

from sqlalchemy import ColumnElement, UnaryExpression, case
from sqlmodel import col

from src.models.model_version import ModelVersion
from src.schemas.deployment import Criteria
from src.services.measures import measure


def value_of(name: str) -> ColumnElement[float]:
    return measure(col(ModelVersion.metrics), name)


def best_first(criteria: Criteria) -> UnaryExpression[float]:
    value = value_of(criteria.metric.name)
    best = value.desc() if criteria.metric.goal == "max" else value.asc()
    return best.nulls_last()


def conditions_of(criteria: Criteria) -> dict[str, ColumnElement[bool]]:
    """Return the conditions for a version, by their places in the criteria."""
    conditions = {"metric": _good_enough(criteria)}
    for place, each in enumerate(criteria.also):
        conditions[f"also.{place}"] = _within(each.name, each.at_least, each.at_most)
    if criteria.max_size_bytes is not None:
        conditions["max_size_bytes"] = col(ModelVersion.size_bytes) <= criteria.max_size_bytes
    if criteria.stages is not None:
        conditions["stages"] = col(ModelVersion.stage).in_(criteria.stages)
    return conditions


def failed_by(criteria: Criteria) -> ColumnElement[str]:
    """Return an expression for the places of the failed conditions, each followed by a space."""
    conditions = conditions_of(criteria).items()
    return reduce(add, (case((each, ""), else_=f"{place} ") for place, each in conditions))


def _good_enough(criteria: Criteria) -> ColumnElement[bool]:
    metric = criteria.metric
    if metric.goal == "max":
        return _within(metric.name, metric.threshold, None)
    return _within(metric.name, None, metric.threshold)


def _within(name: str, at_least: float | None, at_most: float | None) -> ColumnElement[bool]:
    """Return a condition on a metric, which a version without the metric fails."""
    low = -inf if at_least is None else at_least
    high = inf if at_most is None else at_most
    return value_of(name).between(low, high)
