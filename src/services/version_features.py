"""The features that versions of models were trained with, and what those are of entities now."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import ConflictError, InvalidError, MissingReferenceError, NotFoundError
from src.models.feature_view import FeatureView
from src.models.version_features import VersionFeatureView
from src.schemas.feature_value import CELLS, FeatureRows
from src.schemas.version_features import (
    ChosenView,
    VersionFeaturesResponse,
    VersionRow,
    VersionRows,
    VersionView,
)
from src.services.feature_value import TOO_MANY, FeatureValueService
from src.services.feature_writes import HELD
from src.services.model_version import ModelVersionService
from src.services.references import no_such
from src.services.version_feature_queries import FIND, RECORD

NO_VIEW = no_such(FeatureView)
NO_FEATURE = "The view has no such feature, or it is named twice."
SAME_NAME = "Two features have the same name."
RECORDED = "The features of the version are recorded already, and never change."
NOT_RECORDED = "No features are recorded for the version."
SKEW = "A feature view has changed since the version was trained: its values mean something else."


class VersionFeatureService:
    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id

    async def create(
        self, version_id: UUID, chosen: Sequence[ChosenView]
    ) -> VersionFeaturesResponse:
        """Record features of views as they are now. Raises `ConflictError` the second time."""
        await ModelVersionService(self._session, self._owner_id).get(version_id)
        return await self.record(version_id, await self.choose(chosen))

    async def choose(self, chosen: Sequence[ChosenView]) -> list[VersionView]:
        """Return the views as they are now, and stay until the transaction ends.

        Raises `MissingReferenceError`, or `InvalidError` if a feature is not there or there twice.
        """
        views = [await self._chosen(number, each) for number, each in enumerate(chosen)]
        names = [*names_of(views)]
        if len({*names}) < len(names):
            raise InvalidError(SAME_NAME, fields=("views",))
        return views

    async def record(
        self, version_id: UUID, views: Sequence[VersionView]
    ) -> VersionFeaturesResponse:
        """Record what a version was trained with. Raises `ConflictError` the second time."""
        own = {"model_version_id": version_id, "owner_id": self._owner_id}
        digest = sha256(text_of(views).encode()).hexdigest()
        if not await RECORD.rows(self._session, **own, sha256=digest):
            raise ConflictError(RECORDED)
        for position, view in enumerate(views):
            values = own | {"position": position} | view.model_dump()
            self._session.add(VersionFeatureView(**values))
        await self._session.flush()
        return VersionFeaturesResponse(sha256=digest, views=[*views])

    async def get(self, version_id: UUID) -> VersionFeaturesResponse:
        rows = await FIND.rows(self._session, version=version_id, owner=self._owner_id)
        if not rows:
            await ModelVersionService(self._session, self._owner_id).get(version_id)
            raise NotFoundError(NOT_RECORDED)
        names = VersionView.model_fields
        views = [VersionView(**dict(zip(names, row, strict=True))) for _, *row in rows]
        return VersionFeaturesResponse(sha256=rows[0][0], views=views)

    async def text(self, version_id: UUID) -> str:
        """Return `features.txt`."""
        return text_of((await self.get(version_id)).views)

    async def online(self, version_id: UUID, entities: Sequence[str]) -> VersionRows:
        """Return the latest values of entities, as the version takes them.

        Raises `ConflictError` if a view is not as it was when the version was trained.
        """
        recorded = await self.get(version_id)
        if len(entities) * len([*names_of(recorded.views)]) > CELLS:
            raise InvalidError(TOO_MANY)
        rows: list[VersionRow] = [{"entity": each, "values": {}} for each in entities]
        features = FeatureValueService(self._session, self._owner_id)
        for view in recorded.views:
            _add(rows, view, await features.online(view.feature_view_id, entities))
        return VersionRows.model_construct(sha256=recorded.sha256, rows=rows)

    async def _chosen(self, number: int, chosen: ChosenView) -> VersionView:
        view_id, names = chosen.feature_view_id, chosen.features
        rows = await HELD.rows(self._session, view=view_id, owner=self._owner_id)
        if not rows:
            raise MissingReferenceError(NO_VIEW, (f"views.{number}.feature_view_id",))
        version, features = rows[0]
        if names is not None and (len({*names}) < len(names) or not {*names} <= features.keys()):
            raise InvalidError(NO_FEATURE, (f"views.{number}.features",))
        return VersionView(
            feature_view_id=view_id, view_version=version, features=names or sorted(features)
        )


def names_of(views: Sequence[VersionView]) -> Iterator[str]:
    return (name for view in views for name in view.features)


def text_of(views: Sequence[VersionView]) -> str:
    return "".join(f"{name}\n" for name in names_of(views))


def _add(rows: Sequence[VersionRow], view: VersionView, found: FeatureRows) -> None:
    if found.view_version != view.view_version:
        raise ConflictError(SKEW)
    for row, values in zip(rows, found.rows, strict=True):
        row["values"] |= {name: values["values"][name] for name in view.features}
