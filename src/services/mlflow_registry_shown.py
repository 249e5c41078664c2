"""Models with their latest versions and aliases, as MLflow shows them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.models.base import table_of
from src.models.model_alias import ModelAlias
from src.models.model_version import ModelVersion
from src.schemas.mlflow_base import listed
from src.schemas.mlflow_registered import AliasAnswer, RegisteredModel
from src.schemas.mlflow_registered import ModelVersion as Version
from src.services.mlflow_ids import milliseconds
from src.services.mlflow_registry_rows import ModelRow, VersionRow, versions_where


async def shown_versions(session: AsyncSession, rows: Sequence[VersionRow]) -> list[Version]:
    aliases = defaultdict(list)
    found = select(col(ModelAlias.version_id), col(ModelAlias.name)).where(
        col(ModelAlias.version_id).in_([row.id for row in rows])
    )
    for version_id, name in await (await session.connection()).execute(found):
        aliases[version_id].append(name)
    return [row.shown(sorted(aliases[row.id])) for row in rows]


async def shown_models(
    session: AsyncSession, owner_id: UUID, rows: Sequence[ModelRow]
) -> list[RegisteredModel]:
    ids = [row.id for row in rows]
    aliases = await _aliases(session, ids)
    latest = defaultdict(list)
    versions = await latest_versions(session, owner_id, ids)
    for row, version in zip(versions, await shown_versions(session, versions), strict=True):
        latest[row.model_id].append(version)
    return [
        RegisteredModel(
            name=row.name,
            creation_timestamp=milliseconds(row.created_at),
            last_updated_timestamp=milliseconds(row.updated_at),
            description=row.description or "",
            tags=listed(row.tags or {}),
            aliases=aliases[row.id],
            latest_versions=latest[row.id],
        )
        for row in rows
    ]


async def _aliases(
    session: AsyncSession, ids: Collection[UUID]
) -> defaultdict[UUID, list[AliasAnswer]]:
    rows = (
        select(col(ModelAlias.ml_model_id), col(ModelAlias.name), col(ModelVersion.number))
        .join(ModelVersion, col(ModelVersion.id) == col(ModelAlias.version_id))
        .where(col(ModelAlias.ml_model_id).in_(ids))
        .order_by(col(ModelAlias.name))
    )
    found = defaultdict(list)
    for model_id, name, number in await (await session.connection()).execute(rows):
        found[model_id].append(AliasAnswer(alias=name, version=str(number)))
    return found


async def latest_versions(
    session: AsyncSession, owner_id: UUID, ids: Collection[UUID]
) -> list[VersionRow]:
    """Return the newest version of each stage of these models."""
    other = table_of(ModelVersion).alias()
    last = select(func.max(other.c.number)).where(
        other.c.ml_model_id == col(ModelVersion.ml_model_id),
        other.c.stage == col(ModelVersion.stage),
    )
    rows = versions_where(
        owner_id,
        col(ModelVersion.ml_model_id).in_(ids),
        col(ModelVersion.number) == last.scalar_subquery(),
    )
    found = await (await session.connection()).execute(rows.order_by(col(ModelVersion.number)))
    return [VersionRow(*row) for row in found]
