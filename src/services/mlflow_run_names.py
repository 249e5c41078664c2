"""Names of runs, which repeat; those of a project's experiments do not."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, case, exists, select, update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.queries import Query
from src.core.upsert import upsert
from src.models.base import table_of, utc_now
from src.models.experiment import Experiment
from src.models.mlflow_tracking import MlflowRun
from src.services.mlflow_run_rows import RUN, RunRow

LONGEST = 250
"""Characters of an experiment's name."""
_SUFFIX = 12
_EXPERIMENTS = table_of(Experiment)


class RunName(NamedTuple):
    given: str
    listed: str
    """As an experiment of the project may be called, if no other one is."""
    unique: str
    """With the end of the run's id, if another one is."""


def run_name(given: str, run_id: UUID) -> RunName:
    end = run_id.hex[-_SUFFIX:]
    given = given[:LONGEST] or f"run {end}"
    listed = "".join(each if each.isprintable() else " " for each in given).strip() or f"run {end}"
    return RunName(given, listed, f"{listed[: LONGEST - _SUFFIX - 1].strip()} {end}")


_VALUES = {
    name: bindparam(name, type_=getattr(Experiment, name).type) for name in Experiment.model_fields
}
_INSERT = Query(
    upsert(Experiment)
    .values(_VALUES)
    .on_conflict_do_nothing(index_elements=["owner_id", "project_id", "name"])
    .returning(RUN)
)


async def insert_run(session: AsyncSession, experiment: Experiment, name: RunName) -> None:
    """Insert an experiment under the nearest name that is free."""
    for listed in (name.listed, name.unique):
        experiment.name = listed
        if await _INSERT.rows(session, **experiment.model_dump()):
            return


async def rename_run(session: AsyncSession, owner_id: UUID, run: RunRow, given: str) -> RunRow:
    """Give a run another name, and its experiment the nearest one that is free."""
    name = run_name(given, run.id)
    other = _EXPERIMENTS.alias()
    taken = exists(select(other.c.id)).where(
        other.c.owner_id == owner_id,
        other.c.project_id == run.project_id,
        other.c.name == name.listed,
        other.c.id != run.id,
    )
    listed = case((taken, name.unique), else_=name.listed)
    connection = await session.connection()
    changed = await connection.execute(
        update(Experiment)
        .where(RUN == run.id)
        .values(name=listed, version=col(Experiment.version) + 1, updated_at=utc_now())
        .returning(col(Experiment.name))
    )
    listed_as: str = changed.scalar_one()
    names = {"name": name.given, "listed_as": listed_as}
    await connection.execute(
        upsert(MlflowRun)
        .values(run_id=run.id, user_id="", tags={}, **names)
        .on_conflict_do_update(index_elements=["run_id"], set_=names)
    )
    return run._replace(name=name.given, listed_as=listed_as)
