"""Features as of the times of labels, for notebooks and scripts. It needs DuckDB."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import duckdb
from sqlmodel.ext.asyncio.session import AsyncSession

from src.feature_store.history import write_history
from src.feature_store.joining import Labels, joined
from src.schemas.version_features import ChosenView, ViewColumns
from src.services.feature_history import FeatureHistory
from src.services.version_features import VersionFeatureService

_AT = 'CAST(CAST("at" AS TIMESTAMPTZ) AS TIMESTAMP)'


class FeatureService:
    """The features of one owner.

    with blocking(partial(FeatureService, owner_id=owner_id)) as features:
        frame = features.frame(views, labels).df()
    """

    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id

    async def frame(self, views: Sequence[ChosenView], labels: object) -> duckdb.DuckDBPyRelation:
        """Return the labels with a column for each feature, as it was known at the label's time.

        The labels have columns ``entity`` and ``at``: the path of a CSV, JSON or Parquet file, or
        what DuckDB can read in memory, such as a data frame.
        """
        chosen = await VersionFeatureService(self._session, self._owner_id).choose(views)
        history = FeatureHistory(self._session, self._owner_id)
        columns = [await history.columns(each) for each in chosen]
        connection = await asyncio.to_thread(_opened, labels)
        keys = connection.sql("SELECT DISTINCT CAST(entity AS VARCHAR) FROM labels").fetchall()
        entities = [entity for (entity,) in keys if entity is not None]
        with TemporaryDirectory() as folder:
            paths = await write_history(
                self._session, self._owner_id, columns, entities, Path(folder)
            )
            await asyncio.to_thread(_join, connection, columns, paths)
        return connection.table("frame")


def _opened(labels: object) -> duckdb.DuckDBPyConnection:
    """Return a database in memory that has the labels as a table."""
    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'")
    if isinstance(labels, Path):
        connection.execute("CREATE TABLE labels AS FROM query_table([?])", [str(labels)])
    else:
        connection.register("given", labels)
        connection.execute("CREATE TABLE labels AS FROM given")
    return connection


def _join(
    connection: duckdb.DuckDBPyConnection, views: Sequence[ViewColumns], paths: Sequence[Path]
) -> None:
    labels = Labels("labels", "CAST(entity AS VARCHAR)", _AT)
    connection.execute(f"CREATE TABLE frame AS {joined(labels, views, paths)}")
