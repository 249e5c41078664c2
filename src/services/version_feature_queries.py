"""Queries on the features of versions, each built once."""

from sqlalchemy import BindParameter, bindparam, select
from sqlmodel import col

from src.core.queries import Query
from src.core.upsert import upsert
from src.models.version_features import VersionFeatures, VersionFeatureView
from src.schemas.version_features import VersionView

_values: dict[str, BindParameter[object]] = {
    name: bindparam(name) for name in VersionFeatures.model_fields
}
RECORD = Query(
    upsert(VersionFeatures)
    .values(_values)
    .on_conflict_do_nothing()
    .returning(col(VersionFeatures.sha256))
)
FIND = Query(
    select(
        col(VersionFeatures.sha256),
        *(col(getattr(VersionFeatureView, name)) for name in VersionView.model_fields),
    )
    .join(
        VersionFeatureView,
        col(VersionFeatureView.model_version_id) == col(VersionFeatures.model_version_id),
    )
    .where(
        col(VersionFeatures.model_version_id) == bindparam("version"),
        col(VersionFeatures.owner_id) == bindparam("owner"),
    )
    .order_by(col(VersionFeatureView.position))
)
