"""Experiments as MLflow's runs: their lives, and what is logged into them."""

from typing import Annotated

from fastapi import Depends, Query

from src.api.caller import provide_owned
from src.api.mlflow_routing import PREFIX, SearchRoute, mlflow_router
from src.schemas.mlflow_base import Nothing
from src.schemas.mlflow_history import GetHistories, GetHistory, HistoryAnswer
from src.schemas.mlflow_runs import (
    DATASET_BYTES,
    LogInputs,
    LogOutputs,
    RunAnswer,
    RunInfoAnswer,
    RunsAnswer,
)
from src.schemas.mlflow_tracking import (
    CreateRun,
    DeleteTag,
    LogBatch,
    LogMetric,
    LogParam,
    RunNamed,
    SearchRuns,
    SetTag,
    UpdateRun,
)
from src.services.mlflow_history import HistoryService
from src.services.mlflow_logging import LoggingService
from src.services.mlflow_runs import RunService

RunsDep = Annotated[RunService, Depends(provide_owned(RunService))]
LoggingDep = Annotated[LoggingService, Depends(provide_owned(LoggingService))]
HistoryDep = Annotated[HistoryService, Depends(provide_owned(HistoryService))]

router = mlflow_router(PREFIX)
searches = mlflow_router(PREFIX, SearchRoute)


@router.post("/runs/create")
async def create_run(runs: RunsDep, data: CreateRun) -> RunAnswer:
    return RunAnswer.model_construct(run=await runs.create(data))


@router.get("/runs/get")
async def get_run(runs: RunsDep, query: Annotated[RunNamed, Query()]) -> RunAnswer:
    return RunAnswer.model_construct(run=await runs.get(query.run_id))


@router.post("/runs/update")
async def update_run(runs: RunsDep, data: UpdateRun) -> RunInfoAnswer:
    return RunInfoAnswer.model_construct(run_info=await runs.update(data))


@router.post("/runs/delete")
async def delete_run(runs: RunsDep, data: RunNamed) -> Nothing:
    await runs.delete(data.run_id)
    return Nothing()


@router.post("/runs/restore")
async def restore_run(runs: RunsDep, data: RunNamed) -> Nothing:
    await runs.restore(data.run_id)
    return Nothing()


@searches.post("/runs/search")
async def search_runs(runs: RunsDep, data: SearchRuns) -> RunsAnswer:
    return await runs.search(data)


@router.post("/runs/log-batch")
async def log_batch(runs: LoggingDep, data: LogBatch) -> Nothing:
    await runs.log(data)
    return Nothing()


@router.post("/runs/log-metric")
async def log_metric(runs: LoggingDep, data: LogMetric) -> Nothing:
    await runs.log_metric(data.run_id, data)
    return Nothing()


@router.post("/runs/log-parameter")
async def log_param(runs: LoggingDep, data: LogParam) -> Nothing:
    await runs.log(LogBatch.model_construct(run_id=data.run_id, params=[data]))
    return Nothing()


@router.post("/runs/set-tag")
async def set_tag(runs: LoggingDep, data: SetTag) -> Nothing:
    await runs.log(LogBatch.model_construct(run_id=data.run_id, tags=[data]))
    return Nothing()


@router.post("/runs/delete-tag")
async def delete_run_tag(runs: LoggingDep, data: DeleteTag) -> Nothing:
    await runs.delete_tag(data.run_id, data.key)
    return Nothing()


@router.post("/runs/log-inputs", max_body_size=DATASET_BYTES)
async def log_inputs(runs: RunsDep, data: LogInputs) -> Nothing:
    await runs.log_inputs(data)
    return Nothing()


@router.post("/runs/outputs")
async def log_outputs(runs: RunsDep, data: LogOutputs) -> Nothing:
    await runs.log_outputs(data)
    return Nothing()


@router.get("/metrics/get-history")
async def get_metric_history(
    history: HistoryDep, query: Annotated[GetHistory, Query()]
) -> HistoryAnswer:
    return await history.get(query)


@router.get("/metrics/get-history-bulk-interval")
async def get_metric_histories(
    history: HistoryDep, query: Annotated[GetHistories, Query()]
) -> HistoryAnswer:
    return await history.get_several(query)
