"""What an experiment may become, and the times at which it did."""

import asyncio
from collections.abc import Sequence
from typing import Any, get_args

import pytest
from httpx import AsyncClient, Response
from pydantic import TypeAdapter, ValidationError

from src.models.experiment import NEXT_STATUSES, ExperimentStatus
from src.models.json_types import MEASURES, NAMES, TAGS, Measures, Parameters, Tags
from tests.api import Json, assert_invalid, assert_problem
from tests.cost import cheaply
from tests.integration.test_experiments import TestExperiments as Experiments

STATUSES = get_args(ExperimentStatus)
PATHS: dict[str, Sequence[str]] = {
    "created": [],
    "running": ["running"],
    "completed": ["running", "completed"],
    "failed": ["running", "failed"],
    "cancelled": ["cancelled"],
}
WRONG = [(a, b) for a in STATUSES for b in STATUSES if a != b and b not in NEXT_STATUSES[a]]
FINISHED = ["completed", "failed", "cancelled"]


async def change(client: AsyncClient, experiment: Json, status: str, **fields: object) -> Response:
    return await client.patch(Experiments.path_of(experiment), json={"status": status, **fields})


async def experiment_that_is(client: AsyncClient, status: str) -> Json:
    experiment = await Experiments.create(client)
    for each in PATHS[status]:
        response = await change(client, experiment, each)
        assert response.status_code == 200, response.text
        experiment = response.json()
    return experiment


@pytest.mark.parametrize(("before", "after"), WRONG, ids=" to ".join)
async def test_wrong_transition_conflicts_and_changes_nothing(
    client: AsyncClient, before: str, after: str
) -> None:
    experiment = await experiment_that_is(client, before)

    response = await change(client, experiment, after, name="other")

    allowed = {
        "created": "running or cancelled",
        "running": "completed or failed or cancelled",
        "failed": "running",
    }.get(before, "nothing else")
    detail = f"A {before} experiment cannot become {after}; it can become {allowed}."
    assert_problem(response, 409, detail, errors={"body.status": [detail]})
    assert await Experiments.get(client, experiment) == experiment


@pytest.mark.parametrize("status", STATUSES)
async def test_same_status_again_is_no_change(client: AsyncClient, status: str) -> None:
    experiment = await experiment_that_is(client, status)

    response = await change(client, experiment, status)

    assert response.status_code == 200
    assert response.json() == experiment


@pytest.mark.parametrize("status", FINISHED)
async def test_status_that_needs_a_way_is_not_one_to_create(
    client: AsyncClient, status: str
) -> None:
    response = await client.post(
        Experiments.path, json=await Experiments.new(client, status=status)
    )

    assert_invalid(response, {"body.status": ["Input should be 'created' or 'running'"]})


async def test_one_created_running_has_started(client: AsyncClient) -> None:
    experiment = await Experiments.create(client, status="running")

    assert experiment["started_at"] == experiment["created_at"]
    assert experiment["finished_at"] is None


@pytest.mark.parametrize("status", FINISHED)
async def test_start_and_end_are_noted(client: AsyncClient, status: str) -> None:
    started = await experiment_that_is(client, "running")

    finished = (await change(client, started, status)).json()

    assert started["created_at"] < started["started_at"] < finished["finished_at"]
    assert started["finished_at"] is None
    assert finished["started_at"] == started["started_at"]
    assert await Experiments.get(client, finished) == finished


async def test_one_cancelled_before_it_ran_never_started(client: AsyncClient) -> None:
    experiment = await experiment_that_is(client, "cancelled")

    assert experiment["started_at"] is None
    assert experiment["finished_at"] > experiment["created_at"]


async def test_retry_keeps_the_start_and_clears_the_end(client: AsyncClient) -> None:
    failed = await experiment_that_is(client, "failed")

    again = (await change(client, failed, "running")).json()
    completed = (await change(client, failed, "completed")).json()

    assert again["started_at"] == completed["started_at"] == failed["started_at"]
    assert again["finished_at"] is None
    assert completed["finished_at"] > failed["finished_at"]


async def test_other_fields_change_with_the_status_as_one_version(client: AsyncClient) -> None:
    experiment = await Experiments.create(client)

    changed = (await change(client, experiment, "running", run_id="r", tags={"a": "b"})).json()

    assert changed["version"] == 2
    assert (changed["run_id"], changed["tags"]) == ("r", {"a": "b"})
    assert await Experiments.get(client, experiment) == changed


async def test_stale_version_changes_no_status(client: AsyncClient) -> None:
    experiment = await experiment_that_is(client, "running")

    response = await client.patch(
        Experiments.path_of(experiment), json={"status": "completed"}, headers={"If-Match": '"1"'}
    )

    assert response.status_code == 412
    assert await Experiments.get(client, experiment) == experiment


async def test_status_of_somebody_elses_cannot_be_changed(
    client: AsyncClient, other: AsyncClient
) -> None:
    experiment = await Experiments.create(client)

    response = await change(other, experiment, "running")

    assert_problem(response, 404, "There is no such experiment.")
    assert await Experiments.get(client, experiment) == experiment


async def test_of_two_ends_at_once_one_wins(concurrent_client: AsyncClient) -> None:
    client = concurrent_client
    for _ in range(10):
        experiment = await Experiments.create(client, status="running")

        responses = await asyncio.gather(
            change(client, experiment, "completed"), change(client, experiment, "cancelled")
        )

        assert sorted(response.status_code for response in responses) == [200, 409]
        winner = next(each.json() for each in responses if each.status_code == 200)
        assert await Experiments.get(client, experiment) == winner


async def test_numbers_as_they_were_read_can_be_written_again(client: AsyncClient) -> None:
    numbers = {"large": 1e300, "whole": 2**53, "small": 5e-324, "seed": 2**53 - 1}
    experiment = await Experiments.create(client, hyperparameters=numbers)

    response = await client.patch(
        Experiments.path_of(experiment), json={"hyperparameters": experiment["hyperparameters"]}
    )

    assert response.status_code == 200
    assert {
        name: float(each) for name, each in response.json()["hyperparameters"].items()
    } == numbers


@pytest.mark.parametrize(
    ("kind", "most", "value"), [(Parameters, NAMES, 1), (Measures, MEASURES, 1.5), (Tags, TAGS, "")]
)
async def test_names_are_counted_before_their_values_are_looked_at(
    kind: Any, most: int, value: object
) -> None:
    type_, wrong = TypeAdapter(kind), dict.fromkeys((f"\ud800{n}" for n in range(80_000)), object())
    assert type_.validate_python({f"{n}": value for n in range(most)})
    for names in ({f"{n}": value for n in range(most + 1)}, wrong):

        async def refused(names: Any = names) -> ValidationError:
            with pytest.raises(ValidationError) as caught:
                type_.validate_python(names)
            return caught.value

        (error,) = (await cheaply(refused)).errors()
        assert f"must have at most {most} names" in error["msg"]
