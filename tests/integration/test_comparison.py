import pytest
from httpx import AsyncClient

from tests.api import UNKNOWN_ID, Json, QueryValue, assert_problem
from tests.callers import Sample
from tests.integration.test_ml_models import TestMlModels as MlModels
from tests.integration.test_model_versions import TestModelVersions as ModelVersions

SAMPLES: dict[str, Sample] = {
    "GET /api/v1/ml-models/{ml_model_id}/comparison": Sample(query={"metric": "loss"}),
}


async def measured_model(client: AsyncClient, *measures: Json) -> str:
    """Create a model with a version for each of these measures; return its id."""
    ml_model = await MlModels.create(client)
    for metrics in measures:
        await ModelVersions.create(client, ml_model_id=ml_model["id"], test_metrics=metrics)
    ml_model_id: str = ml_model["id"]
    return ml_model_id


async def compared(client: AsyncClient, ml_model_id: str, **query: QueryValue) -> list[Json]:
    response = await client.get(f"{MlModels.path}/{ml_model_id}/comparison", params=query)
    assert response.status_code == 200, response.text
    items: list[Json] = response.json()["items"]
    return items


@pytest.mark.parametrize(
    ("query", "numbers"),
    [({}, [2, 4, 3, 1]), ({"goal": "max"}, [2, 4, 3, 1]), ({"goal": "min"}, [1, 4, 3, 2])],
    ids=str,
)
async def test_best_version_is_first_and_the_newest_of_equals(
    client: AsyncClient, query: Json, numbers: list[int]
) -> None:
    losses = [-9.5, 10, 9.5, 9.5]
    ml_model_id = await measured_model(client, *({"loss": each, "other": 1} for each in losses))

    items = await compared(client, ml_model_id, metric="loss", **query)

    assert [item["number"] for item in items] == numbers
    assert [item["value"] for item in items] == [losses[number - 1] for number in numbers]


async def test_compared_version_has_its_id_number_stage_and_value(client: AsyncClient) -> None:
    version = await ModelVersions.create(client, test_metrics={"f1": 0.5}, stage="staging")

    items = await compared(client, version["ml_model_id"], metric="f1")

    assert items == [{"id": version["id"], "number": 1, "stage": "staging", "value": 0.5}]


async def test_version_without_the_metric_is_not_compared(client: AsyncClient) -> None:
    ml_model_id = await measured_model(client, {"f1": 0.0}, {"f2": 1.0}, {})

    assert [each["number"] for each in await compared(client, ml_model_id, metric="f1")] == [1]


@pytest.mark.parametrize("key", ["a.b", "$", '"a"', "a[0]", "a'b", "%(a)s", "a b", "漢🚀"])
async def test_metric_may_have_any_name(client: AsyncClient, key: str) -> None:
    ml_model_id = await measured_model(client, {key: 0.5, "a": 0.9}, {"a": 0.9})

    assert [each["value"] for each in await compared(client, ml_model_id, metric=key)] == [0.5]


async def test_only_the_best_100_are_compared(client: AsyncClient) -> None:
    ml_model_id = await measured_model(client, *({"f1": number} for number in range(101)))

    items = await compared(client, ml_model_id, metric="f1")

    assert [item["value"] for item in items] == list(range(100, 0, -1))


async def test_model_without_versions_has_nothing_to_compare(client: AsyncClient) -> None:
    assert await compared(client, await measured_model(client), metric="f1") == []


async def test_versions_of_another_model_are_not_compared(client: AsyncClient) -> None:
    ml_model_id = await measured_model(client, {"f1": 0.5})
    await measured_model(client, {"f1": 0.9})

    assert [each["value"] for each in await compared(client, ml_model_id, metric="f1")] == [0.5]


async def test_another_users_versions_are_not_compared(
    client: AsyncClient, other: AsyncClient
) -> None:
    theirs = await measured_model(other, {"f1": 0.5})

    for ml_model_id in (theirs, UNKNOWN_ID):
        response = await client.get(
            f"{MlModels.path}/{ml_model_id}/comparison", params={"metric": "f1"}
        )
        assert_problem(response, 404, MlModels.unknown())


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "query.metric"),
        ({"metric": ""}, "query.metric"),
        ({"metric": "a\x00b"}, "query.metric"),
        ({"metric": "x" * 251}, "query.metric"),
        ({"metric": "f1", "goal": "best"}, "query.goal"),
        ({"metric": "f1", "limit": "1"}, "query"),
    ],
    ids=str,
)
async def test_invalid_comparison_is_refused(client: AsyncClient, query: Json, field: str) -> None:
    ml_model = await MlModels.create(client)

    response = await client.get(f"{MlModels.path}/{ml_model['id']}/comparison", params=query)

    assert response.status_code == 422
    assert list(response.json()["errors"]) == [field]
