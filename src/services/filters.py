"""Filters for one of several values, and the parameters of all filters."""

from collections.abc import Iterator, Mapping
from itertools import cycle
from typing import Any

from sqlalchemy import Column, ColumnElement, bindparam

from src.schemas.page import FILTER_VALUES


def bound(filters: Mapping[str, object]) -> dict[str, object]:
    """Return the values of the parameters of these filters.

    The values of a list come again until it is full: a query for each length would be compiled for
    each combination of lengths.
    """
    values: dict[str, object] = {}
    for name, value in filters.items():
        if isinstance(value, list):
            values |= zip(_values_of(name), cycle(value), strict=False)
        else:
            values[name] = value
    return values


def among(column: Column[Any], name: str) -> ColumnElement[bool]:
    """Return the condition that the column has one of the values of this filter."""
    return column.in_([bindparam(each, type_=column.type) for each in _values_of(name)])


def _values_of(name: str) -> Iterator[str]:
    return (f"_{name}_{number}" for number in range(FILTER_VALUES))
