"""Names the rule that a row breaks, once the database has refused it."""

import re
from collections.abc import Mapping
from functools import cache

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Table,
    bindparam,
    literal_column,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import BrokenRuleError
from src.core.failures import constraint_of
from src.core.queries import Query
from src.services.rows import with_stored

_WORD = re.compile(r"'[^']*'|\w+")
"""A text of SQL, or a name."""


async def broken_rule(
    error: BrokenRuleError, session: AsyncSession, table: Table, values: Mapping[str, object]
) -> BrokenRuleError:
    """Return the error with the rule, and the fields that it compares."""
    cause, rules = error.__cause__, _rules_of(table)
    if session.get_bind().dialect.name == "sqlite":  # names no constraint, but still answers
        row = await with_stored(session, table, values)
        (holds,) = await _verdicts(table).rows(session, **row)
        broken = [rule for rule, held in zip(rules.values(), holds, strict=True) if held == 0]
    else:
        name = constraint_of(cause) if isinstance(cause, DBAPIError) else None
        broken = [rule for each, rule in rules.items() if each == name]
    if not broken:
        return error
    rule = broken[0].replace('"', "")  # around names that SQL reserves
    words = _WORD.findall(rule)
    fields = tuple(column for column in table.c.keys() if column in words)  # noqa: SIM118
    return BrokenRuleError(f"{rule} must hold", fields)


@cache
def _rules_of(table: Table) -> dict[str, str]:
    """Return the condition of each CHECK by its name."""
    checks = [each for each in table.constraints if isinstance(each, CheckConstraint)]
    return {str(each.name): str(each.sqltext) for each in sorted(checks, key=lambda c: str(c.name))}


@cache
def _verdicts(table: Table) -> Query:
    """Tell of a row whether each rule holds."""
    row = select(*(bindparam(c.name, type_=c.type).label(c.name) for c in table.c)).subquery()
    rules = _rules_of(table).values()
    held = [literal_column(f"({rule})", Boolean).label(f"_{n}") for n, rule in enumerate(rules)]
    return Query(select(*held).select_from(row))
