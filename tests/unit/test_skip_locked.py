"""Writes that pass over locked rows choose them once."""

import gc

from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.dml import UpdateBase

import src.main  # noqa: F401  # with all services
from src.core.queries import Query


def test_rows_of_a_limited_write_are_chosen_in_a_cte() -> None:
    """PostgreSQL may run a subquery more than once; with SKIP LOCKED, it then finds other rows, and
    the limit holds for each run.
    """
    gc.unfreeze()  # the suite keeps the collector away from what is imported
    statements = [each._statement for each in gc.get_objects() if isinstance(each, Query)]
    gc.freeze()
    writes = [str(_compiled(each)) for each in statements if isinstance(each, UpdateBase)]
    passing = [each for each in writes if "SKIP LOCKED" in each]

    assert any("idempotent_answers" in each for each in passing)  # every tree has its purge
    assert [each for each in passing if not each.startswith("WITH ")] == []


def _compiled(statement: UpdateBase) -> object:
    return statement.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]  # as in SQLAlchemy
