"""Trainings with labels and features as of their times, from the request to the prediction."""

from typing import Any

import pytest
from httpx import AsyncClient, Response

from src.feature_store import bounds
from src.services.version_features import SKEW
from tests.api import Json
from tests.files import content_of
from tests.integration.test_feature_trainings import (
    LABELS,
    begin,
    body,
    customers,
)
from tests.jobs import Jobs
from tests.training import experiment, read


async def trained(client: AsyncClient, jobs: Jobs, labels: str = LABELS, **fields: Any) -> Json:
    """Run a training, and return its job."""
    used = await customers(client)
    response = await begin(client, await body(client, used, labels, **fields))
    assert response.status_code == 202, response.text
    await jobs.run()
    return await read(client, f"jobs/{response.json()['id']}")


async def test_training_leaves_a_version_with_its_features_and_its_training_set(
    client: AsyncClient, jobs: Jobs
) -> None:
    job = await trained(client, jobs)

    assert (job["status"], job["error"]) == ("succeeded", None)
    version_id = job["result"]["model_version_id"]
    features = await read(client, f"model-versions/{version_id}/features")
    assert [each["features"] for each in features["views"]] == [["orders", "spent"]]
    signature = await read(client, f"model-versions/{version_id}/signature")
    names = [each["name"] for each in signature["features"]]
    assert names == ["weekday", "orders", "spent"]
    session = (await read(client, f"documents/{job['result']['document_id']}"))["body"]
    file = await read(client, f"files/{session['data']['file_id']}")
    assert file["sha256"] == session["data"]["sha256"]
    assert session["request"]["file_id"] == file["id"]
    assert (file["rows"], file["columns"]) == (40, 4)
    origin = await read(client, f"files/{file['id']}/origin")
    assert origin["derived_from"] == job["payload"]["training"]["file_id"]
    assert origin["steps"][0]["views"] == job["payload"]["views"]
    assert (await client.get(content_of(file))).content.startswith(b"PAR1")


async def test_features_are_as_they_were_known_at_the_time_of_the_label(
    client: AsyncClient, jobs: Jobs
) -> None:
    """What was known later tells the target without an error; what was known then, does not."""
    job = await trained(client, jobs)

    version = await read(client, f"model-versions/{job['result']['model_version_id']}")
    assert version["train_metrics"]["accuracy"] == 1.0
    rows = [{"weekday": 1, "orders": orders, "spent": 0.5} for orders in (1, 9)]
    path = f"/api/v1/model-versions/{version['id']}"
    answer = await client.post(f"{path}/predictions", json={"rows": rows})
    assert answer.json()["predictions"] == ["leaves", "stays"]


async def test_what_is_read_online_is_what_the_model_takes(client: AsyncClient, jobs: Jobs) -> None:
    job = await trained(client, jobs)
    path = f"/api/v1/model-versions/{job['result']['model_version_id']}"

    read_rows = (await client.post(f"{path}/online", json={"entities": ["1", "2"]})).json()["rows"]
    rows = [{"weekday": 1, **each["values"]} for each in read_rows]
    answer: Response = await client.post(f"{path}/predictions", json={"rows": rows})

    assert answer.json()["predictions"] == ["leaves", "leaves"]  # as the last events say


@pytest.mark.parametrize(
    ("labels", "error"),
    [
        ("customer,at,kind\n1,soon,a", "The column at needs times such as 2026-11-21T08:00:00Z."),
        ("customer,at,kind\n1,5,a", "The column at needs times such as 2026-11-21T08:00:00Z."),
        (
            "customer,at,kind\n1.5,2026-11-01,a",
            "The column customer has numbers that are not whole",
        ),
        (
            "customer,at,kind\n,2026-11-01,a\n1,2026-11-01,a",
            "The column customer has no value in 1",
        ),
        ("customer,when,kind\n1,2026-11-01,a", "The file has no column named at."),
        ("client,at,kind\n1,2026-11-01,a", "The file has no column named customer."),
        ("customer,at,kind,Spent\n1,2026-11-01,a,1", "a column of the name of a feature: spent."),
    ],
    ids=str,
)
async def test_labels_that_cannot_be_used_say_why(
    client: AsyncClient, jobs: Jobs, labels: str, error: str
) -> None:
    job = await trained(client, jobs, labels)

    assert job["status"] == "failed"
    assert error in job["error"]


async def test_view_that_has_changed_meanwhile_fails_the_training(
    client: AsyncClient, jobs: Jobs
) -> None:
    used = await customers(client)
    started = await begin(client, await body(client, used))
    await client.patch(used, json={"ttl_seconds": 60})

    await jobs.run()

    job = await read(client, f"jobs/{started.json()['id']}")
    assert (job["status"], job["error"]) == ("failed", SKEW)
    assert (await read(client, "model-versions"))["items"] == []


async def test_entities_of_labels_are_counted(client: AsyncClient, jobs: Jobs) -> None:
    lines = [f"{n},2026-11-01,{'ab'[n % 2]}" for n in range(bounds.ENTITIES + 1)]
    head = "customer,at,kind"

    job = await trained(client, jobs, "\n".join([head, *lines]))

    assert job["error"] == f"The labels have more than {bounds.ENTITIES} entities."


async def test_training_with_features_can_be_repeated(client: AsyncClient, jobs: Jobs) -> None:
    """Its session names the training set, with which any training can be made."""
    job = await trained(client, jobs)
    session = (await read(client, f"documents/{job['result']['document_id']}"))["body"]
    made = await experiment(client)

    again = await client.post(
        f"/api/v1/experiments/{made['id']}/trainings", json=session["request"]
    )
    await jobs.run()

    done = await read(client, f"jobs/{again.json()['id']}")
    versions = [
        await read(client, f"model-versions/{each['result']['model_version_id']}")
        for each in (job, done)
    ]
    assert versions[0]["test_metrics"] == versions[1]["test_metrics"]
