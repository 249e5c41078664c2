"""Features as of the times of labels, for notebooks and scripts. It needs DuckDB."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import duckdb
from anyio.from_thread import start_blocking_portal

from src.core.database import Database
from src.core.settings import Settings, get_settings
from src.feature_store.history import write_history
from src.feature_store.joining import Labels, joined
from src.schemas.version_features import ChosenView, ViewColumns
from src.services.feature_history import FeatureHistory
from src.services.version_features import VersionFeatureService

_AT = 'CAST(CAST("at" AS TIMESTAMPTZ) AS TIMESTAMP)'


class FeatureService:
    """The features of one owner, also where an event loop already runs, as in a notebook.

    frame = FeatureService(owner_id).frame(views, labels).df()
    """

    def __init__(self, owner_id: UUID, settings: Settings | None = None) -> None:
        self._owner_id = owner_id
        self._settings = settings

    def frame(self, views: Sequence[ChosenView], labels: object) -> duckdb.DuckDBPyRelation:
        """Return the labels with a column for each feature, as it was known at the label's time.

        The labels have columns ``entity`` and ``at``: the path of a CSV, JSON or Parquet file, or
        what DuckDB can read in memory, such as a data frame.
        """
        with start_blocking_portal() as portal:
            return portal.call(self._frame, views, labels)

    async def _frame(self, views: Sequence[ChosenView], labels: object) -> duckdb.DuckDBPyRelation:
        database = Database(self._settings or get_settings())
        try:
            return await frame(database, self._owner_id, views, labels)
        finally:
            await database.dispose()


async def frame(
    database: Database, owner_id: UUID, views: Sequence[ChosenView], labels: object
) -> duckdb.DuckDBPyRelation:
    """Join labels with features. No transaction waits while DuckDB reads and joins: SQLite would let
    nobody else write, and PostgreSQL ends one that is idle.
    """
    connection = await asyncio.to_thread(_opened, labels)
    keys = connection.sql("SELECT DISTINCT CAST(entity AS VARCHAR) FROM labels").fetchall()
    entities = [entity for (entity,) in keys if entity is not None]
    async with database.writing() as session:
        chosen = await VersionFeatureService(session, owner_id).choose(views)
    with TemporaryDirectory() as folder:
        async with database.reading(current=True) as session:
            history = FeatureHistory(session, owner_id)
            columns = [await history.columns(each) for each in chosen]
            paths = await write_history(session, owner_id, columns, entities, Path(folder))
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
