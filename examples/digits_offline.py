"""The same without HTTP, on the configured database: ``python -m examples.digits_offline``."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from uuid import uuid4

from examples.training import Training
from src.core.blocking import SyncFacade, blocking
from src.schemas.deployment import Criteria, DeploymentCreate, SecondaryMetric
from src.schemas.document import DocumentCreate, DocumentUpdate
from src.schemas.experiment import ExperimentCreate, ExperimentUpdate
from src.schemas.ml_metric import MlMetricBatch
from src.schemas.ml_model import MlModelCreate, MlModelResponse
from src.schemas.model_alias import ModelAliasSet
from src.schemas.model_version import ComparisonQuery, ModelVersionCreate, ModelVersionUpdate
from src.schemas.project import ProjectCreate
from src.schemas.user import UserCreate
from src.services.deployment import DeploymentService
from src.services.document import DocumentService
from src.services.experiment import ExperimentService
from src.services.ml_metric import MlMetricService
from src.services.ml_model import MlModelService
from src.services.model_alias import ModelAliasService
from src.services.model_version import ModelVersionService
from src.services.project import ProjectService
from src.services.user import UserService

type Own = Callable[[Callable[..., object]], AbstractContextManager[SyncFacade]]
"""Opens a service for the rows of one user."""


def main() -> None:
    with blocking(UserService) as users:
        user = users.create(UserCreate(email=f"{uuid4().hex}@example.com", name="Somebody"))

    def own(service: Callable[..., object]) -> AbstractContextManager[SyncFacade]:
        return blocking(partial(service, owner_id=user.id))

    with own(ProjectService) as projects:
        project = projects.create(ProjectCreate(name="digits"))
    with own(MlModelService) as ml_models:
        ml_model = ml_models.create(
            MlModelCreate(project_id=project.id, name="digits", task="classification")
        )
    for units in (4, 64):
        train(own, ml_model, units)
    promote_and_deploy(own, ml_model)


def train(own: Own, ml_model: MlModelResponse, units: int) -> None:
    """Run an experiment that results in a version of the model."""
    training = Training(units)
    with own(DocumentService) as documents:
        session = DocumentCreate(project_id=ml_model.project_id, body=training.session())
        document = documents.create(session)
    with own(ExperimentService) as experiments:
        experiment = experiments.create(
            ExperimentCreate(
                project_id=ml_model.project_id,
                name=f"{units} units",
                hyperparameters={"units": units},
                status="running",
            )
        )
    # Outside a `blocking` block, whose transaction would last as long as the training.
    points = [point for epoch in training.epochs() for point in epoch]
    with own(MlMetricService) as metrics:
        metrics.record(experiment.id, MlMetricBatch.model_validate({"points": points}))
    with own(ExperimentService) as experiments:
        experiments.update(experiment.id, ExperimentUpdate(status="completed"))
    artefact = training.artefact()
    with own(ModelVersionService) as versions:
        version = versions.create(
            ModelVersionCreate(
                ml_model_id=ml_model.id,
                experiment_id=experiment.id,
                hyperparameters={"units": units},
                train_metrics=training.train_metrics,
                test_metrics=training.test_metrics,
                **artefact,
            )
        )
    change = {"status": "finished", "checkpoints": [{"uri": artefact["storage_uri"]}]}
    with own(DocumentService) as documents:
        documents.update(document.id, DocumentUpdate(body=change))
    print(f"Version {version.number} has {units} units: {training.test_metrics}")


def promote_and_deploy(own: Own, ml_model: MlModelResponse) -> None:
    with own(ModelVersionService) as versions:
        best = versions.compare(ml_model.id, ComparisonQuery(metric="accuracy")).items[0]
    with own(ModelAliasService) as aliases:
        aliases.put(ml_model.id, "champion", ModelAliasSet(version_id=best.id))
    with own(ModelVersionService) as versions:
        versions.update(best.id, ModelVersionUpdate(stage="production"))
    print(f"Version {best.number} is the champion")
    criteria = Criteria(
        ml_model_id=ml_model.id,
        primary_metric="accuracy",
        metric_threshold=0.9,
        secondary_metrics=[SecondaryMetric(name="loss", at_most=0.5)],
        max_model_size_mb=1,
        stages=["production"],
    )
    new = DeploymentCreate(
        environment="production",
        base_image="registry.example.com/digits:1",
        cpu_limit="500m",
        memory_limit="512Mi",
        env_vars={"LOG_LEVEL": "info"},
        criteria=criteria,
    )
    with own(DeploymentService) as deployments:
        print(f"Deployed: {deployments.create(new).reason}")


if __name__ == "__main__":
    main()
