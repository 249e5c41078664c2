"""Stages of versions, which MLflow's client moves them between."""

from sqlalchemy import update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import InvalidError
from src.models.base import utc_now
from src.models.model_version import ModelVersion, ModelVersionStage
from src.schemas.mlflow_registry import TransitionStage
from src.services.mlflow_registry_rows import STAGES, VersionRow

MOVES = {shown.lower(): stage for stage, shown in STAGES.items()}
ACTIVE = {"staging", "production"}
ONLY_ACTIVE = "Only those of Staging or Production are archived for another version."
NO_STAGE = "A stage is None, Staging, Production or Archived."


async def move_version(session: AsyncSession, version: VersionRow, data: TransitionStage) -> None:
    """Give a version another stage, and archive the others of that stage if that is wanted."""
    stage = stage_of(data.stage)
    if data.archive_existing_versions and stage not in ACTIVE:
        raise InvalidError(ONLY_ACTIVE)
    changed = {"version": col(ModelVersion.version) + 1, "updated_at": utc_now()}
    connection = await session.connection()
    if data.archive_existing_versions:
        others = (
            col(ModelVersion.ml_model_id) == version.model_id,
            col(ModelVersion.stage) == stage,
            col(ModelVersion.id) != version.id,
        )
        await connection.execute(
            update(ModelVersion).where(*others).values(stage="archived", **changed)
        )
    this = col(ModelVersion.id) == version.id
    await connection.execute(update(ModelVersion).where(this).values(stage=stage, **changed))


def stage_of(shown: str) -> ModelVersionStage:
    if shown.lower() not in MOVES:
        raise InvalidError(NO_STAGE)
    return MOVES[shown.lower()]
