"""Data sets and models of runs, as MLflow shows them."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.models.mlflow_logged import MlflowModelUse
from src.models.mlflow_tracking import MlflowInput
from src.schemas.mlflow_base import listed
from src.schemas.mlflow_runs import (
    Dataset,
    DatasetInputAnswer,
    ModelInput,
    ModelOutput,
    RunInputs,
    RunOutputs,
)
from src.services.mlflow_ids import model_id_of
from src.services.mlflow_run_rows import RUNS
from src.services.mlflow_search import rows_of

PARTS = 10_000
"""Most data sets, and most models, of an answer."""


def _datasets_of_runs(*, whole: bool) -> Select[*tuple[Any, ...]]:
    one = MlflowInput
    named = (col(one.run_id), col(one.tags), col(one.name), col(one.digest), col(one.source_type))
    texts = (col(one.source), col(one.schema_), col(one.profile)) if whole else ()
    rows: Select[*tuple[Any, ...]] = select(*named, *texts).where(col(one.run_id).in_(RUNS))
    return rows.order_by(col(one.created_at)).limit(bindparam("most"))


_DATASETS = {whole: _datasets_of_runs(whole=whole) for whole in (True, False)}
_USE = MlflowModelUse
_MODELS: Select[*tuple[Any, ...]] = (
    select(col(_USE.run_id), col(_USE.model_id), col(_USE.direction), col(_USE.step))
    .where(col(_USE.run_id).in_(RUNS))
    .limit(bindparam("most"))
)


class RunParts(NamedTuple):
    inputs: RunInputs
    outputs: RunOutputs


async def parts_of(
    session: AsyncSession, runs: Collection[UUID], *, whole: bool
) -> dict[UUID, RunParts]:
    """Return the data sets and models of each of these runs; without the texts of data sets, which
    may be long, unless they are ``whole``.
    """
    datasets = await _datasets(session, runs, whole=whole)
    read, made = await _models(session, runs)
    return {
        each: RunParts(
            RunInputs(dataset_inputs=datasets[each], model_inputs=read[each]),
            RunOutputs(model_outputs=made[each]),
        )
        for each in runs
    }


async def _datasets(
    session: AsyncSession, runs: Collection[UUID], *, whole: bool
) -> defaultdict[UUID, list[DatasetInputAnswer]]:
    found = defaultdict(list)
    for run_id, tags, *values in await rows_of(session, _DATASETS[whole], runs=runs, most=PARTS):
        names = ("name", "digest", "source_type", "source", "schema_", "profile")
        dataset = Dataset.model_construct(**dict(zip(names, values, strict=False)))
        found[run_id].append(DatasetInputAnswer(dataset=dataset, tags=listed(tags)))
    return found


async def _models(
    session: AsyncSession, runs: Collection[UUID]
) -> tuple[defaultdict[UUID, list[ModelInput]], defaultdict[UUID, list[ModelOutput]]]:
    """Return what each run has read, and what it has made."""
    read: defaultdict[UUID, list[ModelInput]] = defaultdict(list)
    made: defaultdict[UUID, list[ModelOutput]] = defaultdict(list)
    for run_id, model_id, direction, step in await rows_of(session, _MODELS, runs=runs, most=PARTS):
        if direction == "input":
            read[run_id].append(ModelInput(model_id=model_id_of(model_id)))
        else:
            made[run_id].append(ModelOutput(model_id=model_id_of(model_id), step=step))
    return read, made
