"""Data sets and models of runs, as MLflow shows them."""

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
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

PARTS = 10_000
"""Most data sets, and most models, of an answer."""


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
    one = MlflowInput
    named = (col(one.run_id), col(one.tags), col(one.name), col(one.digest), col(one.source_type))
    texts = (col(one.source), col(one.schema_), col(one.profile)) if whole else ()
    rows = select(*named, *texts).where(col(one.run_id).in_(runs)).order_by(col(one.created_at))
    found = defaultdict(list)
    for run_id, tags, *values in await (await session.connection()).execute(rows.limit(PARTS)):
        names = ("name", "digest", "source_type", "source", "schema_", "profile")
        dataset = Dataset.model_construct(**dict(zip(names, values, strict=False)))
        found[run_id].append(DatasetInputAnswer(dataset=dataset, tags=listed(tags)))
    return found


async def _models(
    session: AsyncSession, runs: Collection[UUID]
) -> tuple[defaultdict[UUID, list[ModelInput]], defaultdict[UUID, list[ModelOutput]]]:
    """Return what each run has read, and what it has made."""
    use = MlflowModelUse
    rows = select(col(use.run_id), col(use.model_id), col(use.direction), col(use.step))
    rows = rows.where(col(use.run_id).in_(runs)).limit(PARTS)
    read: defaultdict[UUID, list[ModelInput]] = defaultdict(list)
    made: defaultdict[UUID, list[ModelOutput]] = defaultdict(list)
    for run_id, model_id, direction, step in await (await session.connection()).execute(rows):
        if direction == "input":
            read[run_id].append(ModelInput(model_id=model_id_of(model_id)))
        else:
            made[run_id].append(ModelOutput(model_id=model_id_of(model_id), step=step))
    return read, made
