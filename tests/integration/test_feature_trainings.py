"""The start of a training with features. What a worker does is in tests/worker."""

from typing import Any

import pytest
from httpx import AsyncClient, Response

from src.schemas.feature_training import FEATURE_TRAINING_BYTES
from src.services.feature_training import SAME_COLUMN
from src.services.version_features import NO_VIEW
from tests.api import UNKNOWN_ID, Json, assert_problem
from tests.callers import Sample
from tests.integration.test_feature_values import append, at, row, view
from tests.integration.test_version_features import of
from tests.training import EXPERIMENTS, data, experiment, read, request

SAMPLES: dict[str, Sample] = {
    f"POST {EXPERIMENTS}/{{experiment_id}}/feature-trainings": Sample(
        # No file has a content here.
        body=lambda _: {
            "training": request(
                UNKNOWN_ID,
                hyperparameters={"C": 0.5},
                preprocessing=[{"step": "impute", "columns": ["spent"]}],
            ),
            "entity_column": "customer",
            "at_column": "at",
            "views": [{"feature_view_id": UNKNOWN_ID, "features": ["spent"]}],
        },
        refusal=404,
    ),
}
LABELS = "\n".join(
    [
        "customer,at,weekday,kind",
        *(f"{n % 4},{at(100 + n)},{n % 7},{'stays' if n % 2 else 'leaves'}" for n in range(40)),
    ]
)
"""Odd customers stay, which their orders at the time tell."""


async def customers(client: AsyncClient) -> str:
    """Create a view with what was known before the labels, and the opposite after them."""
    used = await view(client, {"orders": "int", "spent": "float"})
    before = [row(f"{n}", n, orders=9 if n % 2 else 1, spent=0.5) for n in range(4)]
    after = [row(f"{n}", 1000 + n, orders=1, spent=0.5) for n in range(4)]
    await append(client, used, *before, *after)
    return used


async def body(client: AsyncClient, used: str, labels: str = LABELS, **fields: Any) -> Json:
    file_id = await data(client, labels.encode())
    training = request(file_id, target_column="kind", model_type="decision_tree_classifier")
    given = {"training": training, "entity_column": "customer", "at_column": "at"}
    return given | {"views": [of(used)]} | fields


async def begin(client: AsyncClient, given: Json) -> Response:
    made = await experiment(client)
    return await client.post(f"{EXPERIMENTS}/{made['id']}/feature-trainings", json=given)


async def test_training_starts_with_the_views_as_they_are(client: AsyncClient) -> None:
    used = await customers(client)
    await client.patch(used, json={"ttl_seconds": 5000})

    response = await begin(client, await body(client, used))

    job = response.json()
    assert response.status_code == 202
    assert (job["kind"], job["status"]) == ("train_features", "queued")
    chosen = {**of(used, "orders", "spent"), "view_version": 2}
    assert job["payload"]["views"] == [chosen]
    made = await read(client, f"experiments/{job['payload']['experiment_id']}")
    session = await read(client, f"documents/{job['payload']['document_id']}")
    assert (made["status"], session["body"]["status"]) == ("running", "active")


async def test_others_views_are_not_trained_with(client: AsyncClient, other: AsyncClient) -> None:
    theirs = await customers(other)

    response = await begin(client, await body(client, theirs))

    errors = {"body.views.0.feature_view_id": [NO_VIEW]}
    assert_problem(response, 409, NO_VIEW, errors=errors)
    assert (await read(client, "jobs"))["items"] == []


@pytest.mark.parametrize("fields", [{"entity_column": "at"}, {"at_column": "Spent"}], ids=str)
async def test_names_of_columns_differ(client: AsyncClient, fields: Json) -> None:
    response = await begin(client, await body(client, await customers(client), **fields))

    assert_problem(response, 422, SAME_COLUMN, errors={"body.views": [SAME_COLUMN]})


async def test_bytes_of_a_request_are_counted(client: AsyncClient) -> None:
    given = await body(client, await customers(client))
    steps = [{"step": "drop", "columns": [f"{n:100}" for n in range(500)]}] * 2

    response = await begin(
        client, given | {"training": given["training"] | {"preprocessing": steps}}
    )

    assert_problem(response, 413, f"The body may have at most {FEATURE_TRAINING_BYTES} bytes.")


async def test_cancelled_training_cancels_its_experiment(client: AsyncClient) -> None:
    job = (await begin(client, await body(client, await customers(client)))).json()

    await client.post(f"/api/v1/jobs/{job['id']}/cancellation")

    made = await read(client, f"experiments/{job['payload']['experiment_id']}")
    assert made["status"] == "cancelled"
