"""Changes of models and versions that the registry's own API has no call for, as of a stage."""

from sqlalchemy import ColumnElement, update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import InvalidError
from src.models.base import utc_now
from src.models.ml_model import MlModel
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
    if data.archive_existing_versions:
        others = (
            col(ModelVersion.ml_model_id) == version.model_id,
            col(ModelVersion.stage) == stage,
            col(ModelVersion.id) != version.id,
        )
        await change(session, ModelVersion, *others, stage="archived")
    await change(session, ModelVersion, col(ModelVersion.id) == version.id, stage=stage)
    await change(session, MlModel, col(MlModel.id) == version.model_id)


def stage_of(shown: str) -> ModelVersionStage:
    if shown.lower() not in MOVES:
        raise InvalidError(NO_STAGE)
    return MOVES[shown.lower()]


async def change(
    session: AsyncSession,
    table: type[MlModel | ModelVersion],
    *wanted: ColumnElement[bool],
    **values: str,
) -> None:
    """Change rows, also by nothing but the time of the change."""
    changed = {"version": col(table.version) + 1, "updated_at": utc_now()}
    await (await session.connection()).execute(
        update(table).where(*wanted).values(changed | values)
    )
