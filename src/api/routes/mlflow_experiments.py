"""Projects as MLflow's experiments."""

from typing import Annotated

from fastapi import Depends, Query

from src.api.caller import provide_owned
from src.api.mlflow_routing import PREFIX, SearchRoute, mlflow_router
from src.schemas.mlflow_base import Nothing
from src.schemas.mlflow_experiments import (
    CreateExperiment,
    DeleteExperimentTag,
    ExperimentAnswer,
    ExperimentId,
    ExperimentNamed,
    ExperimentsAnswer,
    SearchExperiments,
    SetExperimentTag,
    UpdateExperiment,
)
from src.schemas.mlflow_runs import DatasetsAnswer, SearchDatasets
from src.services.mlflow_experiments import MlflowExperimentService

ExperimentsDep = Annotated[MlflowExperimentService, Depends(provide_owned(MlflowExperimentService))]

router = mlflow_router(f"{PREFIX}/experiments")
searches = mlflow_router(f"{PREFIX}/experiments", SearchRoute)


@router.post("/create")
async def create_experiment(experiments: ExperimentsDep, data: CreateExperiment) -> ExperimentId:
    return ExperimentId(experiment_id=await experiments.create(data))


@router.get("/get")
async def get_experiment(
    experiments: ExperimentsDep, query: Annotated[ExperimentId, Query()]
) -> ExperimentAnswer:
    return ExperimentAnswer(experiment=await experiments.get(query.experiment_id))


@router.get("/get-by-name")
async def get_experiment_by_name(
    experiments: ExperimentsDep, query: Annotated[ExperimentNamed, Query()]
) -> ExperimentAnswer:
    return ExperimentAnswer(experiment=await experiments.get_by_name(query.experiment_name))


@router.get("/search")
async def list_experiments(
    experiments: ExperimentsDep, query: Annotated[SearchExperiments, Query()]
) -> ExperimentsAnswer:
    return await experiments.search(query)


@searches.post("/search")
async def search_experiments(
    experiments: ExperimentsDep, data: SearchExperiments
) -> ExperimentsAnswer:
    return await experiments.search(data)


@router.post("/update")
async def update_experiment(experiments: ExperimentsDep, data: UpdateExperiment) -> Nothing:
    if data.new_name is not None:
        await experiments.rename(data.experiment_id, data.new_name)
    return Nothing()


@router.post("/delete")
async def delete_experiment(experiments: ExperimentsDep, data: ExperimentId) -> Nothing:
    await experiments.delete(data.experiment_id)
    return Nothing()


@router.post("/restore")
async def restore_experiment(experiments: ExperimentsDep, data: ExperimentId) -> Nothing:
    await experiments.restore(data.experiment_id)
    return Nothing()


@router.post("/set-experiment-tag")
async def set_experiment_tag(experiments: ExperimentsDep, data: SetExperimentTag) -> Nothing:
    await experiments.set_tag(data.experiment_id, data.key, data.value)
    return Nothing()


@router.post("/delete-experiment-tag")
async def delete_experiment_tag(experiments: ExperimentsDep, data: DeleteExperimentTag) -> Nothing:
    await experiments.delete_tag(data.experiment_id, data.key)
    return Nothing()


@searches.post("/search-datasets")
async def search_datasets(experiments: ExperimentsDep, data: SearchDatasets) -> DatasetsAnswer:
    return DatasetsAnswer(dataset_summaries=await experiments.datasets(data.experiment_ids))
