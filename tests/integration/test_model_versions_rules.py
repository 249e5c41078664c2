import asyncio

import pytest
from httpx import AsyncClient, Response

from tests.api import UNKNOWN_ID
from tests.integration.test_experiments import TestExperiments as Experiments
from tests.integration.test_ml_models import TestMlModels as MlModels
from tests.integration.test_model_versions import TestModelVersions as ModelVersions


async def test_versions_of_each_model_are_counted_from_1(client: AsyncClient) -> None:
    models = [(await MlModels.create(client))["id"] for _ in range(2)]

    numbers = [
        (await ModelVersions.create(client, ml_model_id=model))["number"]
        for model in [*models, *models, models[0]]
    ]

    assert numbers == [1, 1, 2, 2, 3]


async def test_number_of_a_deleted_version_is_not_given_again(client: AsyncClient) -> None:
    first = await ModelVersions.create(client)
    await client.delete(ModelVersions.path_of(first))

    second = await ModelVersions.create(client, ml_model_id=first["ml_model_id"])

    assert second["number"] == 2


async def test_creation_that_fails_takes_no_number(client: AsyncClient) -> None:
    body = await ModelVersions.new(client)

    refused = await client.post(ModelVersions.path, json=body | {"experiment_id": UNKNOWN_ID})
    assert refused.status_code == 409

    assert (await ModelVersions.create(client, **body))["number"] == 1


async def test_creation_of_a_version_is_no_change_of_its_model(client: AsyncClient) -> None:
    ml_model = await MlModels.create(client)
    await ModelVersions.create(client, ml_model_id=ml_model["id"])

    assert (await client.get(f"{MlModels.path}/{ml_model['id']}")).json() == ml_model


async def test_refused_creation_for_a_model_of_somebody_else_takes_none_of_its_numbers(
    client: AsyncClient, other: AsyncClient
) -> None:
    theirs = await ModelVersions.create(other)
    body = await ModelVersions.new(client, ml_model_id=theirs["ml_model_id"])

    refused = await client.post(ModelVersions.path, json=body)
    assert refused.status_code == 409

    second = await ModelVersions.create(other, ml_model_id=theirs["ml_model_id"])
    assert second["number"] == 2


@pytest.mark.parametrize("before", ["development", "staging", "production", "archived"])
@pytest.mark.parametrize("after", ["development", "staging", "production", "archived"])
async def test_every_stage_can_follow_every_other(
    client: AsyncClient, before: str, after: str
) -> None:
    model_version = await ModelVersions.create(client, stage=before)

    response = await client.patch(ModelVersions.path_of(model_version), json={"stage": after})

    assert response.json()["stage"] == after


@pytest.mark.parametrize(
    "uri",
    [
        "s3://models/digits/1",
        "gs://models/digits/v1.2/model.onnx",
        "azure://container/path",
        "ssh://dvc@example.com/var/models/1",
        "https://example.com/models/1?versionId=3L4kqtJlcpXroDTDmJ",
        "file:///var/models/1",
    ],
)
@pytest.mark.parametrize("checksum", ["md5:" + "0a" * 16, "sha256:" + "0a" * 32])
async def test_artefact_may_lie_anywhere(client: AsyncClient, uri: str, checksum: str) -> None:
    model_version = await ModelVersions.create(client, storage_uri=uri, checksum=checksum)

    assert (model_version["storage_uri"], model_version["checksum"]) == (uri, checksum)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("storage_uri", "models/digits/1"),
        ("storage_uri", "s3://"),
        ("storage_uri", "s3://models/a b"),
        ("storage_uri", "s3://models/1\n"),
        ("checksum", "0a" * 32),
        ("checksum", "sha256:" + "0a" * 16),
        ("checksum", "sha256:" + "0A" * 32),
        ("checksum", "md5:" + "0a" * 32),
        ("checksum", "md5:" + "0a" * 16 + "\n"),
    ],
)
async def test_artefact_that_cannot_be_found_or_checked_is_refused(
    client: AsyncClient, field: str, value: str
) -> None:
    response = await client.post(
        ModelVersions.path, json=await ModelVersions.new(client, **{field: value})
    )

    assert response.status_code == 422
    assert list(response.json()["errors"]) == [f"body.{field}"]


async def test_64_simultaneous_creations_are_numbered_from_1_to_64(
    concurrent_client: AsyncClient,
) -> None:
    client = concurrent_client
    body = await ModelVersions.new(client)

    responses = await asyncio.gather(
        *(client.post(ModelVersions.path, json=body) for _ in range(64))
    )
    versions = await ModelVersions.listed(client, limit=100)

    assert [response.status_code for response in responses] == [201] * 64
    assert sorted(version["number"] for version in versions) == list(range(1, 65))
    assert sorted(each.json()["number"] for each in responses) == list(range(1, 65))


async def test_failures_among_simultaneous_creations_leave_no_gaps(
    concurrent_client: AsyncClient,
) -> None:
    client = concurrent_client
    body = await ModelVersions.new(client)
    experiments = [(await Experiments.create(client))["id"], UNKNOWN_ID]

    async def create(n: int) -> Response:
        return await client.post(
            ModelVersions.path, json=body | {"experiment_id": experiments[n % 2]}
        )

    responses = await asyncio.gather(*map(create, range(32)))

    assert [response.status_code for response in responses] == [201, 409] * 16
    numbers = sorted(each.json()["number"] for each in responses if each.status_code == 201)
    assert numbers == list(range(1, 17))
