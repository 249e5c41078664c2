from dataclasses import dataclass

import pytest
from httpx import AsyncClient
from sqlmodel import insert

from src.core.database import Database
from src.core.ids import uuid7
from src.models.deployment import Deployment
from src.models.experiment import Experiment
from src.models.model_version import ModelVersion
from src.models.owned import Owned
from src.services.developer import DEVELOPER
from src.services.lineage import SHOWN
from tests.api import UNKNOWN_ID, Json, assert_problem
from tests.integration.test_deployments import TestDeployments as Deployments
from tests.integration.test_experiments import TestExperiments as Experiments
from tests.integration.test_ml_models import TestMlModels as MlModels
from tests.integration.test_model_versions import TestModelVersions as ModelVersions
from tests.integration.test_projects import TestProjects as Projects

UNKNOWN = {
    feature.path: feature.unknown()
    for feature in (Projects, Experiments, ModelVersions, Deployments)
}


@dataclass
class Story:
    """A project with a row of every kind."""

    project: Json
    ml_model: Json
    experiment: Json
    idle: Json
    """An experiment without versions."""
    trained: Json
    """A version of the experiment."""
    imported: Json
    """A version without an experiment."""
    deployed: list[Json]
    """Two deployments of the trained version, and one of the imported."""


@pytest.fixture
async def story(client: AsyncClient) -> Story:
    return await tell(client)


@pytest.fixture
async def another(client: AsyncClient) -> Story:
    return await tell(client)


async def tell(client: AsyncClient) -> Story:
    project = await Projects.create(client)
    ml_model, experiment, idle = [
        await create(client, project_id=project["id"])
        for create in (MlModels.create, Experiments.create, Experiments.create)
    ]
    trained = await ModelVersions.create(
        client, ml_model_id=ml_model["id"], experiment_id=experiment["id"]
    )
    imported = await ModelVersions.create(client, ml_model_id=ml_model["id"])
    deployed = [
        await Deployments.create(client, version_id=version["id"])
        for version in (trained, trained, imported)
    ]
    return Story(project, ml_model, experiment, idle, trained, imported, deployed)


async def lineage(client: AsyncClient, collection: str, entity: Json) -> Json:
    response = await client.get(f"{collection}/{entity['id']}/lineage")
    assert response.status_code == 200, response.text
    told: Json = response.json()
    return told


def linked(
    project: Json, experiments: list[Json], versions: list[Json], deployments: list[Json]
) -> Json:
    """Return the ids that a lineage should have."""
    return {
        "project": project["id"],
        "experiments": ids(experiments),
        "versions": ids(versions),
        "deployments": ids(deployments),
        "truncated": False,
    }


def ids(entities: list[Json]) -> list[str]:
    return [each["id"] for each in entities]


def ids_of(told: Json) -> Json:
    kinds = ("experiments", "versions", "deployments")
    return told | {"project": told["project"]["id"]} | {kind: ids(told[kind]) for kind in kinds}


async def test_project_leads_to_all_its_descendants(
    client: AsyncClient, story: Story, another: Story
) -> None:
    told = await lineage(client, Projects.path, story.project)

    assert ids_of(told) == linked(
        story.project,
        [story.idle, story.experiment],
        [story.imported, story.trained],
        story.deployed[::-1],
    )
    other = await lineage(client, Projects.path, another.project)
    assert ids_of(other)["deployments"] == ids(another.deployed[::-1])


async def test_experiment_leads_to_its_project_and_its_descendants(
    client: AsyncClient, story: Story, another: Story
) -> None:
    told = await lineage(client, Experiments.path, story.experiment)

    assert ids_of(told) == linked(
        story.project, [story.experiment], [story.trained], story.deployed[1::-1]
    )


async def test_version_leads_to_its_ancestors_and_its_deployments(
    client: AsyncClient, story: Story, another: Story
) -> None:
    told = await lineage(client, ModelVersions.path, story.trained)

    assert ids_of(told) == linked(
        story.project, [story.experiment], [story.trained], story.deployed[1::-1]
    )


async def test_deployment_leads_to_its_ancestors(
    client: AsyncClient, story: Story, another: Story
) -> None:
    told = await lineage(client, Deployments.path, story.deployed[0])

    assert ids_of(told) == linked(
        story.project, [story.experiment], [story.trained], [story.deployed[0]]
    )


async def test_version_without_experiment_leads_to_the_project_of_its_model(
    client: AsyncClient, story: Story, another: Story
) -> None:
    version = await lineage(client, ModelVersions.path, story.imported)
    deployment = await lineage(client, Deployments.path, story.deployed[2])

    assert ids_of(version) == ids_of(deployment)
    assert ids_of(version) == linked(story.project, [], [story.imported], [story.deployed[2]])


async def test_version_belongs_to_its_experiments_project_alone(
    client: AsyncClient, story: Story, another: Story
) -> None:
    """The project of its model does not matter."""
    version = await ModelVersions.create(
        client, ml_model_id=story.ml_model["id"], experiment_id=another.idle["id"]
    )

    told = await lineage(client, ModelVersions.path, version)

    assert ids_of(told) == linked(another.project, [another.idle], [version], [])
    theirs = await lineage(client, Projects.path, another.project)
    assert version["id"] in ids(theirs["versions"])
    ours = await lineage(client, Projects.path, story.project)
    assert version["id"] not in ids(ours["versions"])


async def test_linked_rows_have_their_main_fields(client: AsyncClient, story: Story) -> None:
    told = await lineage(client, Deployments.path, story.deployed[0])

    assert told == {
        "project": {"id": story.project["id"], "name": story.project["name"]},
        "experiments": [
            {
                "id": story.experiment["id"],
                "name": story.experiment["name"],
                "status": "created",
            }
        ],
        "versions": [
            {
                "id": story.trained["id"],
                "ml_model_id": story.ml_model["id"],
                "ml_model_name": story.ml_model["name"],
                "number": 1,
                "experiment_id": story.experiment["id"],
                "stage": "development",
            }
        ],
        "deployments": [
            {
                "id": story.deployed[0]["id"],
                "version_id": story.trained["id"],
                "environment": "development",
                "status": "pending",
            }
        ],
        "truncated": False,
    }


async def test_empty_project_has_no_descendants(client: AsyncClient) -> None:
    project = await Projects.create(client)

    assert ids_of(await lineage(client, Projects.path, project)) == linked(project, [], [], [])


@pytest.mark.parametrize("collection", UNKNOWN)
async def test_unknown_id_is_not_found(client: AsyncClient, collection: str) -> None:
    response = await client.get(f"{collection}/{UNKNOWN_ID}/lineage")

    assert_problem(response, 404, UNKNOWN[collection])


async def test_lineage_of_another_users_row_is_not_found(
    client: AsyncClient, other: AsyncClient, story: Story
) -> None:
    theirs = await tell(other)
    entities = (theirs.project, theirs.experiment, theirs.trained, theirs.deployed[0])

    for collection, entity in zip(UNKNOWN, entities, strict=True):
        response = await client.get(f"{collection}/{entity['id']}/lineage")
        assert_problem(response, 404, UNKNOWN[collection])
    assert ids_of(await lineage(client, Projects.path, story.project))["deployments"] == ids(
        story.deployed[::-1]
    )


async def test_lineage_is_truncated_to_the_newest_rows(
    client: AsyncClient, database: Database, story: Story
) -> None:
    await add(database, story, SHOWN - 3)

    told = await lineage(client, Projects.path, story.project)

    assert not told["truncated"]
    assert len(told["deployments"]) == SHOWN

    await add(database, story, 3)

    told = await lineage(client, Projects.path, story.project)

    assert told["truncated"]
    for kind in ("experiments", "versions", "deployments"):
        assert len(told[kind]) == SHOWN
        assert ids(told[kind]) == sorted(ids(told[kind]), reverse=True)
    assert story.deployed[2]["id"] not in ids(told["deployments"])


async def add(database: Database, story: Story, number: int) -> None:
    """Insert this number of further rows of each kind."""
    new = [uuid7() for _ in range(number)]
    rows: list[tuple[type[Owned], Json, list[Json]]] = [
        (Experiment, story.idle, [{"id": each, "name": str(each)} for each in new]),
        (
            ModelVersion,
            story.imported,
            [{"id": each, "number": 1000 * number + n} for n, each in enumerate(new)],
        ),
        (Deployment, story.deployed[2], [{"id": each, "version_id": each} for each in new]),
    ]
    async with database.writing() as session:
        for model, row, changes in rows:
            like = model.model_validate(row | {"owner_id": DEVELOPER}).model_dump()
            await session.exec(insert(model), params=[like | each for each in changes])
