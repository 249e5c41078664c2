"""Data sets and models that runs have read or made."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import SQLColumnExpression, func, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import InvalidError
from src.core.upsert import upsert
from src.models.experiment import Experiment
from src.models.mlflow_logged import Direction, MlflowModelUse
from src.models.mlflow_tracking import MlflowInput
from src.schemas.mlflow_base import texts_of
from src.schemas.mlflow_runs import (
    SUMMARIES,
    DatasetInput,
    DatasetSummary,
    ModelInput,
    ModelOutput,
)
from src.services.mlflow_errors import NoLoggedModelError
from src.services.mlflow_ids import model_uuid_of
from src.services.mlflow_json import json_text
from src.services.mlflow_model_metrics import check_models

DATASETS, USES = 100, 1_000
"""Most data sets of a run, and most models."""
TOO_MANY = f"A run may have at most {DATASETS} data sets and {USES} models."
CONTEXT = "mlflow.data.context"
"""The tag of a data set that says what it was for."""


async def write_inputs(
    session: AsyncSession, run_id: UUID, datasets: Sequence[DatasetInput]
) -> None:
    rows = [
        MlflowInput(
            run_id=run_id, **each.dataset.model_dump(), tags=texts_of(each.tags)
        ).model_dump()
        for each in datasets
    ]
    if rows:
        names = {"run_id", "name", "digest"}
        keep = upsert(MlflowInput)
        tags = {"tags": keep.excluded.tags}
        added = keep.on_conflict_do_update(index_elements=names, set_=tags)
        await (await session.connection()).execute(added, _as_columns(rows))
        await _check_count(session, col(MlflowInput.run_id), run_id, DATASETS)


def _as_columns(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{name.rstrip("_"): value for name, value in row.items()} for row in rows]


async def write_uses(
    session: AsyncSession,
    owner_id: UUID,
    run_id: UUID,
    direction: Direction,
    models: Sequence[ModelInput],
) -> None:
    ids = [model_uuid_of(each.model_id, NoLoggedModelError) for each in models]
    await check_models(session, owner_id, {*ids})
    rows = [
        MlflowModelUse(
            run_id=run_id,
            model_id=model_id,
            direction=direction,
            step=each.step if isinstance(each, ModelOutput) else 0,
        ).model_dump()
        for model_id, each in zip(ids, models, strict=True)
    ]
    if rows:
        added = upsert(MlflowModelUse).on_conflict_do_nothing()
        await (await session.connection()).execute(added, rows)
        await _check_count(session, col(MlflowModelUse.run_id), run_id, USES)


async def _check_count(
    session: AsyncSession, column: SQLColumnExpression[UUID], run_id: UUID, most: int
) -> None:
    """Raise `InvalidError` if a run, which is locked, has more rows than it may have."""
    counted = select(func.count()).where(column == run_id)
    if (await (await session.connection()).execute(counted)).scalar_one() > most:
        raise InvalidError(TOO_MANY)


async def summaries(session: AsyncSession, projects: Collection[UUID]) -> list[DatasetSummary]:
    """Return the data sets that runs of these projects have read."""
    context = json_text(col(MlflowInput.tags), CONTEXT)
    project, name, digest = (
        col(Experiment.project_id),
        col(MlflowInput.name),
        col(MlflowInput.digest),
    )
    found = await (await session.connection()).execute(
        select(project, name, digest, context)
        .join(Experiment, col(Experiment.id) == col(MlflowInput.run_id))
        .where(project.in_(projects))
        .distinct()
        .order_by(name, digest)
        .limit(SUMMARIES)
    )
    return [
        DatasetSummary(experiment_id=project_id.hex, name=name, digest=digest, context=context)
        for project_id, name, digest, context in found
    ]
