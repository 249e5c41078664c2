"""Searches as the conditions and the order of a SELECT, with bound values only."""

from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import accumulate
from operator import add
from typing import Any

from sqlalchemy import (
    JSON,
    Select,
    SQLColumnExpression,
    Text,
    UnaryExpression,
    cast,
    func,
)
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import InvalidError
from src.schemas.mlflow_base import OFFSET, PAGE_OF_RUNS, SearchRequest, offset_of
from src.services.mlflow_conditions import Language
from src.services.mlflow_tokens import Field, OrderError, parse_order

NO_TOKEN = "The page token is not one of this search: start again without it."  # noqa: S105
TOO_FAR = f"A search shows at most {OFFSET} results: narrow it with a filter."
SHORT = 100
"""Rows of a page whose length nobody needs to know."""
LENGTH = 20_000_000
"""Characters of the parameters and tags of a longer page."""

type Expression = SQLColumnExpression[Any]
type Row = Sequence[Any]


def orders(language: Language, texts: Sequence[str]) -> list[UnaryExpression[Any]]:
    """Return the order that a search asks for. Raises `OrderError`."""
    parsed = map(parse_order, texts)
    return [
        by for each in parsed for by in _by(language, each.field, ascending=not each.descending)
    ]


def order_of(language: Language, name: str, *, ascending: bool) -> list[UnaryExpression[Any]]:
    return _by(language, parse_order(name).field, ascending=ascending)


def _by(language: Language, wanted: Field, *, ascending: bool) -> list[UnaryExpression[Any]]:
    """Return the order by a field: numbers, then what is not a number, then rows without either."""
    found = language.column(wanted)
    if found is None:
        raise OrderError
    order = (found[0].asc() if ascending else found[0].desc()).nulls_last()
    if wanted.kind not in language.there:
        return [order]
    return [order, language.there[wanted.kind](wanted.key).desc()]


async def searched(
    session: AsyncSession, rows: Select[Any], request: SearchRequest
) -> tuple[list[Row], str | None]:
    """Return a page of the rows, and the token of the next one."""
    start = offset_of(request.page_token)
    if start is None:
        raise InvalidError(NO_TOKEN)
    limit = min(request.max_results, PAGE_OF_RUNS)
    if limit > SHORT:
        limit = await _fitting(session, rows.offset(start).limit(limit))
    found = await rows_of(session, rows.offset(start).limit(limit + 1))
    if len(found) > limit and start + limit > OFFSET:
        raise InvalidError(TOO_FAR)
    return found[:limit], str(start + limit) if len(found) > limit else None


async def _fitting(session: AsyncSession, rows: Select[Any]) -> int:
    """Return how many of these rows have at most `LENGTH` characters of JSON together."""
    columns = [each for each in rows.selected_columns if isinstance(each.type, JSON)]
    lengths = (func.coalesce(func.length(cast(each, Text)), 0) for each in columns)
    counted = rows.with_only_columns(reduce(add, lengths), maintain_column_froms=True)
    ends: Iterable[int] = accumulate(length for (length,) in await rows_of(session, counted))
    return max(SHORT, sum(end <= LENGTH for end in ends))


async def rows_of(
    session: AsyncSession, rows: Select[*tuple[Any, ...]], **values: object
) -> list[Row]:
    """Run a SELECT that no `Query` could keep: another one for each search, or with lists."""
    connection = await session.connection()
    return [tuple(row) for row in await connection.execute(rows, values)]
