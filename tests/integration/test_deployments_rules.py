import asyncio
from itertools import pairwise

import pytest
from httpx import AsyncClient

from src.models.deployment import NEXT_STATUSES, DeploymentStatus
from tests.api import UNKNOWN_ID, Json, assert_invalid, assert_problem, assert_unknown
from tests.callers import Sample
from tests.integration.test_deployments import TestDeployments as Deployments
from tests.integration.test_ml_models import TestMlModels as MlModels
from tests.integration.test_model_versions import TestModelVersions as ModelVersions

NEW = {"environment": "staging", "base_image": "digits:1"}
SAMPLES: dict[str, Sample] = {
    f"POST {Deployments.path}": Sample(
        feature=ModelVersions,
        body=lambda version: NEW | {"criteria": whole_criteria(version["ml_model_id"])},
    )
}
NO_MATCH = "Nothing fulfils all criteria: see in candidates what the closest fail."
WAYS: dict[DeploymentStatus, list[DeploymentStatus]] = {
    "pending": [],
    "running": ["running"],
    "stopped": ["stopped"],
    "failed": ["failed"],
}
"""How a new deployment comes to have a status."""


async def create_versions(client: AsyncClient, *versions: Json) -> tuple[str, list[Json]]:
    """A model with these versions, numbered from 1."""
    ml_model_id = (await MlModels.create(client))["id"]
    created = [
        await ModelVersions.create(client, ml_model_id=ml_model_id, **version)
        for version in versions
    ]
    return ml_model_id, created


def accuracies(*values: float) -> list[Json]:
    return [{"test_metrics": {"accuracy": value}} for value in values]


def criteria_of(ml_model_id: str, **others: object) -> Json:
    return {"ml_model_id": ml_model_id, "primary_metric": "accuracy"} | others


def whole_criteria(ml_model_id: str) -> Json:
    """Return criteria with all fields, which a version without metrics does not fulfil."""
    return {
        "ml_model_id": ml_model_id,
        "primary_metric": "accuracy",
        "goal": "max",
        "metric_threshold": 0.5,
        "secondary_metrics": [{"name": "loss", "at_least": 0.0, "at_most": 0.5}],
        "max_model_size_mb": 0.00001,
        "stages": ["development"],
        "prefer_latest": True,
    }


async def chosen(client: AsyncClient, criteria: Json) -> Json:
    response = await client.post(Deployments.path, json=NEW | {"criteria": criteria})
    assert response.status_code == 201, response.text
    deployment: Json = response.json()
    return deployment


async def chosen_number(client: AsyncClient, criteria: Json) -> int:
    deployment = await chosen(client, criteria)
    version = await client.get(f"{ModelVersions.path}/{deployment['version_id']}")
    number: int = version.json()["number"]
    return number


async def candidates(client: AsyncClient, criteria: Json) -> list[Json]:
    """What is answered when nothing fulfils them."""
    response = await client.post(Deployments.path, json=NEW | {"criteria": criteria})
    assert await Deployments.listed(client) == []
    found: list[Json] = response.json()["candidates"]
    assert_problem(response, 409, NO_MATCH, candidates=found)
    return found


async def test_version_is_either_named_or_chosen(client: AsyncClient) -> None:
    ml_model_id, [version] = await create_versions(client, *accuracies(0.9))
    both = {"version_id": version["id"], "criteria": criteria_of(ml_model_id)}

    for given in (both, {}):
        response = await client.post(Deployments.path, json=NEW | given)
        assert_invalid(response, {"body": ["Give either version_id or criteria."]})


async def test_version_is_not_chosen_again(client: AsyncClient) -> None:
    deployment = await Deployments.create(client)
    criteria = criteria_of(UNKNOWN_ID)

    response = await client.patch(Deployments.path_of(deployment), json={"criteria": criteria})

    assert_unknown(response, "body", ["base_image", "status"])


@pytest.mark.parametrize("after", NEXT_STATUSES)
@pytest.mark.parametrize("before", NEXT_STATUSES)
async def test_status_follows_only_what_it_may_follow(
    client: AsyncClient, before: DeploymentStatus, after: DeploymentStatus
) -> None:
    deployment = await Deployments.create(client)
    for status in WAYS[before]:
        deployment = (
            await client.patch(Deployments.path_of(deployment), json={"status": status})
        ).json()

    response = await client.patch(
        Deployments.path_of(deployment), json={"status": after, "replicas": 3}
    )

    if after == before or after in NEXT_STATUSES[before]:
        assert response.json() == deployment | {
            "status": after,
            "replicas": 3,
            "version": deployment["version"] + 1,
            "updated_at": response.json()["updated_at"],
        }
    else:
        may = " or ".join(NEXT_STATUSES[before])
        refused = f"A {before} deployment cannot become {after}; it can become {may}."
        assert_problem(response, 409, refused, errors={"body.status": [refused]})
        assert await Deployments.get(client, deployment) == deployment


async def test_list_can_be_filtered_by_status(client: AsyncClient) -> None:
    pending, stopped = [await Deployments.create(client) for _ in range(2)]
    stopped = (await client.patch(Deployments.path_of(stopped), json={"status": "stopped"})).json()

    assert await Deployments.listed(client, status="pending") == [pending]
    assert await Deployments.listed(client, status="stopped") == [stopped]


async def test_simultaneous_changes_take_no_way_that_is_not_allowed(
    concurrent_client: AsyncClient,
) -> None:
    client = concurrent_client
    deployment = await Deployments.create(client)
    statuses: list[DeploymentStatus] = ["running", "stopped", "failed", "pending"] * 5

    responses = await asyncio.gather(
        *(client.patch(Deployments.path_of(deployment), json={"status": each}) for each in statuses)
    )
    final = await Deployments.get(client, deployment)

    assert {response.status_code for response in responses} <= {200, 409}
    changed = [response.json() for response in responses if response.status_code == 200]
    by_version = {each["version"]: each["status"] for each in [deployment, *changed, final]}
    assert sorted(by_version) == list(range(1, final["version"] + 1))
    way = [by_version[version] for version in sorted(by_version)]
    assert len(way) > 1
    assert all(after in NEXT_STATUSES[before] for before, after in pairwise(way))


@pytest.mark.parametrize(
    "env_vars",
    [{"SECRET NAME": "x"}, {"SECRET_NAME": 1}, {"SECRET_NAME": "x" * 2001}],
    ids="{!r:.30}".format,
)
async def test_wrong_env_vars_are_not_repeated(client: AsyncClient, env_vars: Json) -> None:
    deployment = await Deployments.create(client)

    response = await client.patch(Deployments.path_of(deployment), json={"env_vars": env_vars})

    message = (
        "must have at most 100 names of letters, digits, _, - and ., that start with neither a digit "
        "nor .., each with a text of at most 2000 characters"
    )
    assert_invalid(response, {"body.env_vars": [message]})


@pytest.mark.parametrize(
    ("goal", "number", "most"), [("max", 2, "greatest"), ("min", 3, "smallest")]
)
async def test_best_version_is_deployed_and_the_reason_kept(
    client: AsyncClient, goal: str, number: int, most: str
) -> None:
    ml_model_id, versions = await create_versions(
        client, *accuracies(0.5, 0.981, 0.25), {"test_metrics": {"loss": 1}}
    )

    deployment = await chosen(client, criteria_of(ml_model_id, goal=goal))

    version = versions[number - 1]
    assert deployment["version_id"] == version["id"]
    assert deployment["status"] == "pending"
    value = version["test_metrics"]["accuracy"]
    assert deployment["reason"] == (
        f"Of 3 passing, version {number} has the {most} accuracy: {value}."
    )
    assert await Deployments.get(client, deployment) == deployment


async def test_of_equals_the_latest_is_the_best(client: AsyncClient) -> None:
    ml_model_id, _ = await create_versions(client, *accuracies(0.5, 0.9, 0.9, 0.5))

    assert await chosen_number(client, criteria_of(ml_model_id)) == 3


async def test_latest_that_passes_is_deployed_if_preferred(client: AsyncClient) -> None:
    ml_model_id, [_, second, _] = await create_versions(client, *accuracies(0.9, 0.8, 0.7))
    criteria = criteria_of(ml_model_id, metric_threshold=0.75, prefer_latest=True)

    deployment = await chosen(client, criteria)

    assert deployment["version_id"] == second["id"]
    assert deployment["reason"] == "Of 2 passing, version 2 is the latest."


@pytest.mark.parametrize(
    ("criteria", "number"),
    [
        ({}, 3),
        ({"metric_threshold": 0.9}, 3),
        ({"goal": "min", "metric_threshold": 0.5}, 1),
        ({"secondary_metrics": [{"name": "loss", "at_most": 0.2}]}, 2),
        ({"secondary_metrics": [{"name": "loss", "at_least": 0.3}]}, 3),
        ({"secondary_metrics": [{"name": "loss", "at_least": 0.2, "at_most": 0.2}]}, 2),
        ({"secondary_metrics": [{"name": "a.b"}]}, 1),
        (
            {
                "secondary_metrics": [
                    {"name": "loss", "at_most": 0.2},
                    {"name": "a.b", "at_least": -1},
                ]
            },
            1,
        ),
        ({"max_model_size_mb": 0.0000299}, 2),
        ({"max_model_size_mb": 0.00002}, 2),
        ({"max_model_size_mb": 0.00001}, 1),
        ({"stages": ["archived", "staging"]}, 2),
        ({"stages": ["archived"]}, 1),
    ],
    ids=str,
)
async def test_every_criterion_is_observed(
    client: AsyncClient, criteria: Json, number: int
) -> None:
    ml_model_id, _ = await create_versions(
        client,
        {
            "test_metrics": {"accuracy": 0.5, "loss": 0.1, "a.b": -1},
            "size_bytes": 10,
            "stage": "archived",
        },
        {"test_metrics": {"accuracy": 0.6, "loss": 0.2}, "size_bytes": 20, "stage": "staging"},
        {"test_metrics": {"accuracy": 0.9, "loss": 0.3}, "size_bytes": 30},
    )

    assert await chosen_number(client, criteria_of(ml_model_id, **criteria)) == number


async def test_where_nothing_passes_the_closest_say_what_they_fail(client: AsyncClient) -> None:
    ml_model_id, versions = await create_versions(
        client,
        {"test_metrics": {"accuracy": 0.5, "loss": 0.1}, "size_bytes": 10, "stage": "production"},
        {"test_metrics": {"accuracy": 0.9, "loss": 0.9}, "size_bytes": 10, "stage": "production"},
        {"test_metrics": {"loss": 0.1}, "size_bytes": 11},
    )
    criteria = criteria_of(
        ml_model_id,
        metric_threshold=0.8,
        secondary_metrics=[{"name": "loss", "at_least": 0}, {"name": "loss", "at_most": 0.2}],
        max_model_size_mb=0.00001,
        stages=["production", "staging"],
    )

    found = await candidates(client, criteria)

    assert found == [
        {
            "version_id": versions[1]["id"],
            "number": 2,
            "value": 0.9,
            "fails": ["secondary_metrics.1"],
        },
        {"version_id": versions[0]["id"], "number": 1, "value": 0.5, "fails": ["metric_threshold"]},
        {
            "version_id": versions[2]["id"],
            "number": 3,
            "value": None,
            "fails": ["primary_metric", "metric_threshold", "max_model_size_mb", "stages"],
        },
    ]


@pytest.mark.parametrize(("goal", "numbers"), [("max", [6, 5, 4, 3, 1]), ("min", [2, 3, 1, 4, 6])])
async def test_only_the_five_closest_are_told(
    client: AsyncClient, goal: str, numbers: list[int]
) -> None:
    ml_model_id, _ = await create_versions(client, *accuracies(0.1, 0, 0.1, 0.2, 0.3, 0.3))
    found = await candidates(
        client,
        criteria_of(ml_model_id, goal=goal, secondary_metrics=[{"name": "loss"}]),
    )

    assert [each["number"] for each in found] == numbers


async def test_model_without_versions_has_no_candidates(client: AsyncClient) -> None:
    ml_model_id, _ = await create_versions(client)

    assert await candidates(client, criteria_of(ml_model_id)) == []


async def test_name_of_a_metric_is_not_repeated_in_errors(client: AsyncClient) -> None:
    ml_model_id, _ = await create_versions(client, *accuracies(0.5))
    response = await client.post(
        Deployments.path,
        json=NEW | {"criteria": criteria_of(ml_model_id, primary_metric="planted")},
    )

    assert response.status_code == 409
    assert "planted" not in response.text


async def test_versions_of_other_models_are_not_looked_at(client: AsyncClient) -> None:
    ml_model_id, _ = await create_versions(client, *accuracies(0.5))
    await create_versions(client, *accuracies(0.9))

    deployment = await chosen(client, criteria_of(ml_model_id))

    assert deployment["reason"] == "Of 1 passing, version 1 has the greatest accuracy: 0.5."


async def test_model_of_somebody_else_is_as_unknown_as_none(
    client: AsyncClient, other: AsyncClient
) -> None:
    theirs, _ = await create_versions(other, *accuracies(0.9))
    missing = "There is no such ml model."

    for ml_model_id in (theirs, UNKNOWN_ID):
        response = await client.post(
            Deployments.path, json=NEW | {"criteria": criteria_of(ml_model_id)}
        )
        assert_problem(response, 409, missing, errors={"body.criteria.ml_model_id": [missing]})


@pytest.mark.parametrize(
    ("criteria", "place"),
    [
        ({"ml_model_id": "1"}, "ml_model_id"),
        ({"primary_metric": None}, "primary_metric"),
        ({"primary_metric": ""}, "primary_metric"),
        ({"primary_metric": "a\x00b"}, "primary_metric"),
        ({"primary_metric": "x" * 251}, "primary_metric"),
        ({"goal": "most"}, "goal"),
        ({"metric_threshold": "1"}, "metric_threshold"),
        ({"secondary_metrics": [{"name": "loss"}] * 11}, "secondary_metrics"),
        ({"secondary_metrics": [{"name": "loss"}, {"at_least": 1}]}, "secondary_metrics.1.name"),
        ({"secondary_metrics": [{"name": "loss", "unknown": 1}]}, "secondary_metrics.0"),
        ({"max_model_size_mb": -1}, "max_model_size_mb"),
        ({"max_model_size_mb": 1e10}, "max_model_size_mb"),
        ({"stages": []}, "stages"),
        ({"stages": ["none such"]}, "stages.0"),
        ({"prefer_latest": "yes"}, "prefer_latest"),
        ({"unknown": 1}, ""),
    ],
    ids="{!r:.60}".format,
)
async def test_wrong_criteria_are_refused_and_named(
    client: AsyncClient, criteria: Json, place: str
) -> None:
    response = await client.post(
        Deployments.path, json=NEW | {"criteria": criteria_of(UNKNOWN_ID) | criteria}
    )

    assert response.status_code == 422
    assert list(response.json()["errors"]) == [f"body.criteria.{place}".rstrip(".")]
