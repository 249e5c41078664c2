"""Query parameters that may stand once; without a look, the last of several would count."""

import inspect
from collections import Counter
from collections.abc import Callable, Collection
from typing import get_args, get_origin, get_type_hints

from fastapi import Request, params
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel


def single_parameters(endpoint: Callable[..., object]) -> frozenset[str]:
    """Return the names of a handler's query parameters that are not declared as lists."""
    declared: dict[str, object] = {}
    for name, hint in get_type_hints(endpoint, include_extras=True).items():
        if any(isinstance(each, params.Query) for each in getattr(hint, "__metadata__", ())):
            kind = get_args(hint)[0]
            if inspect.isclass(kind) and issubclass(kind, BaseModel):
                declared |= {name: field.annotation for name, field in kind.model_fields.items()}
            else:
                declared[name] = kind
    return frozenset(name for name, kind in declared.items() if not _is_list(kind))


def _is_list(kind: object) -> bool:
    return get_origin(kind) in {list, set, frozenset, tuple} or any(map(_is_list, get_args(kind)))


def refuse_repeated(request: Request, single: Collection[str]) -> None:
    """Raise `RequestValidationError` if one of these parameters is given twice."""
    if b"&" not in request.scope["query_string"]:
        return
    given = Counter(name for name, _ in request.query_params.multi_items())
    if repeated := [name for name in single if given[name] > 1]:
        message = "must be given once"
        raise RequestValidationError(
            [{"type": "repeated", "loc": ("query", name), "msg": message} for name in repeated]
        )
