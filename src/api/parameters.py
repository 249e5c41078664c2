"""Parameters that a handler has not declared, and those that stand twice.

Unnoticed, the first would change nothing, and of the second the last would count.
"""

import inspect
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import get_args, get_origin

from fastapi import Request
from fastapi._compat import ModelField
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel

type Parameters = Mapping[str, bool]
"""The names of query parameters, and whether each is a list."""


def parameters_of(dependant: Dependant) -> Parameters:
    """Return the query parameters of a handler and of its dependencies."""
    declared: dict[str, object] = {}
    for each in _fields_of(dependant):
        kind = each.field_info.annotation
        if inspect.isclass(kind) and issubclass(kind, BaseModel):
            fields = kind.model_fields.items()
            declared |= {each.alias or name: each.annotation for name, each in fields}
        else:
            declared[each.alias] = kind
    return {name: _is_list(kind) for name, kind in declared.items()}


def _fields_of(dependant: Dependant) -> Iterator[ModelField]:
    yield from dependant.query_params
    for each in dependant.dependencies:
        yield from _fields_of(each)


def _is_list(kind: object) -> bool:
    return get_origin(kind) in {list, set, frozenset, tuple} or any(map(_is_list, get_args(kind)))


def check_parameters(request: Request, declared: Parameters) -> None:
    """Raise `RequestValidationError` for a query parameter that is unknown or stands twice."""
    given = [name for name, _ in request.query_params.multi_items()]
    if not declared.keys() >= {*given}:
        message = f"unknown parameter; allowed: {', '.join(declared) or 'none'}"
        raise RequestValidationError([{"type": "unknown", "loc": ("query",), "msg": message}])
    refuse_repeated("query", given, [name for name, is_list in declared.items() if not is_list])


def refuse_repeated(where: str, given: Iterable[str], single: Collection[str]) -> None:
    """Raise `RequestValidationError` if one of these parameters is given twice."""
    counts = Counter(given)
    if repeated := [name for name in single if counts[name] > 1]:
        message = "must be given once"
        raise RequestValidationError(
            [{"type": "repeated", "loc": (where, name), "msg": message} for name in repeated]
        )
