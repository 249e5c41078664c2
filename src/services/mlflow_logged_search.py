"""Searches for logged models."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Select, case, literal, or_, select
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import InvalidError
from src.models.mlflow_logged import MlflowLoggedModel, MlflowModelMetric
from src.schemas.mlflow_base import OFFSET, offset_of
from src.schemas.mlflow_logged import MODELS, OfDataset, SearchLoggedModels
from src.services.mlflow_conditions import Expression, Language, conditions, hex_of, milliseconds_of
from src.services.mlflow_ids import MODEL
from src.services.mlflow_json import json_text
from src.services.mlflow_logged_rows import SHOWN
from src.services.mlflow_search import NO_TOKEN, order_of

_ID = col(MlflowLoggedModel.id)


def _values(key: str, datasets: Sequence[OfDataset]) -> Select[float | None]:
    """Select the values of a metric, on one of the data sets if there are any."""
    metric = MlflowModelMetric
    value = select(col(metric.value)).where(col(metric.model_id) == _ID, col(metric.key) == key)
    return value.where(or_(*map(_is_on, datasets))) if datasets else value


def _of_datasets(datasets: Sequence[OfDataset]) -> list[Expression]:
    """Return the condition that a model has any metric on one of the data sets, if there are any."""
    on = select(col(MlflowModelMetric.value)).where(col(MlflowModelMetric.model_id) == _ID)
    return [on.where(or_(*map(_is_on, datasets))).exists()] if datasets else []


def _latest(key: str, datasets: Sequence[OfDataset]) -> Expression:
    metric = MlflowModelMetric
    order = (col(metric.logged_at).desc(), col(metric.step).desc())
    return _values(key, datasets).order_by(*order).limit(1).scalar_subquery()


def _is_on(dataset: OfDataset) -> Expression:
    on = col(MlflowModelMetric.dataset_name) == dataset.dataset_name
    if dataset.dataset_digest:
        on &= col(MlflowModelMetric.dataset_digest) == dataset.dataset_digest
    return on


def _language(dialect: str, datasets: Sequence[OfDataset]) -> Language:
    model = MlflowLoggedModel
    created = milliseconds_of(col(model.created_at), dialect)
    updated = milliseconds_of(col(model.updated_at), dialect)
    return Language(
        texts={
            "name": col(model.name),
            "model_id": literal(MODEL) + hex_of(_ID),
            "model_type": col(model.model_type),
            "status": case(SHOWN, value=col(model.status)),
            "source_run_id": hex_of(col(model.run_id)),
        },
        numbers={
            "creation_timestamp": created,
            "creation_time": created,
            "creation_timestamp_ms": created,
            "last_updated_timestamp": updated,
            "last_updated_time": updated,
            "last_updated_timestamp_ms": updated,
        },
        named={
            "metric": lambda key: _latest(key, datasets),
            "param": lambda key: json_text(col(model.params), key),
            "tag": lambda key: json_text(col(model.tags), key),
        },
        related={
            "metric": lambda key, holds: (
                _values(key, datasets).where(holds(col(MlflowModelMetric.value))).exists()
            )
        },
    )


async def found_models(
    session: AsyncSession, projects: Collection[UUID], request: SearchLoggedModels
) -> tuple[Sequence[MlflowLoggedModel], str | None]:
    """Return a page of the logged models of these projects, and the token of the next one."""
    dialect = session.get_bind().dialect.name
    start, limit = offset_of(request.page_token), min(request.max_results, MODELS)
    if start is None or start + limit > OFFSET:
        raise InvalidError(NO_TOKEN)
    order = [
        by
        for each in request.order_by
        for by in order_of(
            _language(dialect, [each] if each.dataset_name else []),
            each.field_name,
            ascending=each.ascending,
        )
    ]
    rows = (
        select_rows(MlflowLoggedModel)
        .where(
            col(MlflowLoggedModel.project_id).in_(projects),
            col(MlflowLoggedModel.deleted_at).is_(None),
            *_of_datasets(request.datasets),
            *conditions(_language(dialect, request.datasets), request.filter, dialect),
        )
        .order_by(*order, col(MlflowLoggedModel.created_at).desc(), _ID.desc())
    )
    found = (await session.exec(rows.offset(start).limit(limit + 1))).all()
    return found[:limit], str(start + limit) if len(found) > limit else None
