"""What MLflow's client logs into a run: metrics, parameters and tags."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import String, bindparam, update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import InvalidError
from src.core.queries import Query
from src.core.upsert import upsert
from src.models.base import table_of, utc_now
from src.models.experiment import Experiment
from src.models.json_objects import JsonColumn
from src.models.json_types import NAMES, TAGS
from src.models.mlflow_tracking import MlflowRun
from src.schemas.mlflow_base import Tag, text_of, texts_of
from src.schemas.mlflow_tracking import LogBatch, Metric, Param
from src.services.mlflow_errors import DeletedError, NoRunError, NoTagError
from src.services.mlflow_ids import uuid_of
from src.services.mlflow_model_metrics import write_model_metrics
from src.services.mlflow_points import point_of, write_points
from src.services.mlflow_run_names import rename_run
from src.services.mlflow_run_rows import RUN, RUN_NAME, RunRow, runs_where
from src.services.mlflow_values import check_room, commit_of, split, without, without_commit

CHANGED = "The value of a parameter never changes: log another one, or begin another run."

_TABLE = table_of(Experiment)
_LOCK = Query(
    runs_where(RUN == bindparam("run_id"), col(Experiment.owner_id) == bindparam("owner_id"))
    # Others may refer to the run meanwhile.
    .with_for_update(of=Experiment, key_share=True)
)
_SET = Query(
    update(Experiment)
    .where(RUN == bindparam("run_id"))
    .values(
        hyperparameters=bindparam("params", type_=JsonColumn),
        tags=bindparam("tags", type_=JsonColumn),
        source_commit=bindparam("commit", type_=String),
        version=col(Experiment.version) + 1,
        updated_at=bindparam("now", type_=_TABLE.c.updated_at.type),
    )
    .returning(RUN)
)
_OWN = bindparam("own_tags", type_=JsonColumn)
_KEEP = Query(
    upsert(MlflowRun)
    .values(run_id=bindparam("run_id"), user_id="", tags=_OWN)
    .on_conflict_do_update(index_elements=["run_id"], set_={"tags": _OWN})
    .returning(col(MlflowRun.run_id))
)


class LoggingService:
    """Logs into the runs of one owner."""

    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id

    async def lock(self, run_id: str) -> RunRow:
        """Return a run that no other request logs into until the transaction ends."""
        values = {"run_id": uuid_of(run_id, NoRunError), "owner_id": self._owner_id}
        rows = await _LOCK.rows(self._session, **values)
        if not rows:
            raise NoRunError
        return RunRow(*rows[0])

    async def active(self, run_id: str) -> RunRow:
        run = await self.lock(run_id)
        if run.deleted_at is not None:
            raise DeletedError
        return run

    async def log(self, batch: LogBatch) -> None:
        run = await self.active(batch.run_id)
        await self._set(run, batch.params, batch.tags)
        await self._add(run, batch.metrics)

    async def log_metric(self, run_id: str, metric: Metric) -> None:
        await self._add(await self.active(run_id), [metric])

    async def delete_tag(self, run_id: str, key: str) -> None:
        run = await self.active(run_id)
        if key not in run.tags | run.own:
            raise NoTagError
        await self._store(run, run.params, without(run.tags, key), without(run.own, key))

    async def _set(self, run: RunRow, params: Sequence[Param], tags: Sequence[Tag]) -> None:
        values = {each.key: each.value for each in params}
        for key, value in values.items():
            if key in run.params and text_of(run.params[key]) != value:
                raise InvalidError(CHANGED)
        given = texts_of(tags)
        new = split(given)
        # A parameter that is there keeps its value, which may be a number.
        await self._store(run, values | run.params, run.tags | new.tags, run.own | new.own)
        if given.get(RUN_NAME):
            await rename_run(self._session, self._owner_id, run, given[RUN_NAME])

    async def _store(
        self, run: RunRow, params: dict[str, object], tags: dict[str, str], own: dict[str, str]
    ) -> None:
        """Write what has changed of parameters and tags."""
        commit, kept = commit_of(own), without_commit(own)
        if (params, tags, commit) != (run.params, run.tags, run.source_commit):
            check_room(params, NAMES)
            check_room(tags, TAGS)
            values = {"params": params, "tags": tags, "commit": commit, "now": utc_now()}
            await _SET.rows(self._session, run_id=run.id, **values)
        if kept != (run.own_tags or {}):
            check_room(kept, NAMES)
            await _KEEP.rows(self._session, run_id=run.id, own_tags=kept)

    async def _add(self, run: RunRow, metrics: Sequence[Metric]) -> None:
        if metrics:
            await write_points(self._session, run.id, [point_of(each) for each in metrics])
            of_models = [each for each in metrics if each.model_id]
            await write_model_metrics(self._session, self._owner_id, run.id, of_models)
