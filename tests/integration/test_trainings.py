"""The start of a training, and what its experiment and its session do when the job ends badly.

What a worker does is in tests/worker.
"""

import json
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from src.core.errors import ConflictError
from src.jobs.errors import JobError
from src.jobs.handlers import Handler
from src.jobs.work import Work
from src.models.storable import JSON_BYTES
from src.schemas.preprocessing import COLUMNS, NAME, STEPS
from src.schemas.training import TRAINING_BYTES, TRAININGS
from src.schemas.training_job import TRAIN, TrainTask
from src.services.job_rescue import LOSSES, rescue
from src.services.training import AT_WORK, follow
from tests.api import UNKNOWN_ID, Json, assert_invalid, assert_problem
from tests.callers import Sample
from tests.files import create, path_of
from tests.jobs import Jobs
from tests.training import EXPERIMENTS, data, experiment, read, request, train

FULL = {
    "random_state": 1,
    "test_size": 0.3,
    "preprocessing": [{"step": "impute", "columns": ["width"], "strategy": "median"}],
    "hyperparameters": {"C": 0.5, "max_iter": 200},
    "register_as": "flowers",
}
SAMPLES: dict[str, Sample] = {
    f"POST {EXPERIMENTS}/{{experiment_id}}/trainings": Sample(
        # No file has a content here.
        body=lambda _: request(UNKNOWN_ID, **FULL),
        refusal=404,
    ),
}


async def started(client: AsyncClient, **fields: Any) -> Json:
    made = await experiment(client)
    response = await train(client, made["id"], **request(await data(client), **fields))
    assert response.status_code == 202, response.text
    job: Json = response.json()
    return job


async def state(client: AsyncClient, job: Json) -> tuple[str, str]:
    """Return the status of the experiment, and that of the session."""
    given = job["payload"]
    made = await read(client, f"experiments/{given['experiment_id']}")
    session = await read(client, f"documents/{given['document_id']}")
    return made["status"], session["body"]["status"]


async def test_training_starts_with_its_job_and_its_session(client: AsyncClient) -> None:
    made, file_id = await experiment(client), await data(client)

    response = await train(client, made["id"], **request(file_id, **FULL))

    job = response.json()
    assert response.status_code == 202
    assert response.headers["location"] == f"/api/v1/jobs/{job['id']}"
    assert (job["kind"], job["status"]) == ("train", "queued")
    now = await read(client, f"experiments/{made['id']}")
    parameters = {"C": 0.5, "class_weight": None, "fit_intercept": True, "max_iter": 200}
    assert (now["status"], now["model_type"]) == ("running", "logistic_regression")
    assert now["hyperparameters"] == parameters
    where = json.dumps({"experiment_id": made["id"]})
    (session,) = (await read(client, f"documents?where={where}"))["items"]
    body, file = session["body"], await read(client, f"files/{file_id}")
    assert session["project_id"] == made["project_id"]
    assert (body["kind"], body["status"]) == ("model_session", "active")
    assert body["data"] == {"file_id": file_id, "sha256": file["sha256"]}
    assert body["request"] == job["payload"]["training"]
    assert body["request"]["hyperparameters"] == parameters


@pytest.mark.parametrize("model_type", TRAININGS)
async def test_every_type_of_model_has_hyperparameters_of_its_own(
    client: AsyncClient, model_type: str
) -> None:
    job = await started(client, model_type=model_type)

    given = job["payload"]["training"]["hyperparameters"]
    assert given == TRAININGS[model_type].model_fields["hyperparameters"].default.model_dump()
    document: Json = (await client.get("/openapi.json")).json()
    schema = document["components"]["schemas"]["TrainingCreate"]
    assert model_type in schema["discriminator"]["mapping"]


async def test_running_experiment_is_not_trained_once_more(client: AsyncClient) -> None:
    job = await started(client)
    again = request(await data(client))

    response = await train(client, job["payload"]["experiment_id"], **again)

    assert_problem(response, 409, AT_WORK)
    assert len((await read(client, "jobs"))["items"]) == 1


@pytest.mark.parametrize("status", ["completed", "cancelled"])
async def test_experiment_that_has_ended_is_not_trained(client: AsyncClient, status: str) -> None:
    made = await experiment(client, status="running")
    await client.patch(f"{EXPERIMENTS}/{made['id']}", json={"status": status})

    response = await train(client, made["id"], **request(await data(client)))

    detail = f"A {status} experiment cannot become running; it can become nothing else."
    assert_problem(response, 409, detail, errors={"body.status": [detail]})
    assert (await read(client, "jobs"))["items"] == []


async def test_others_files_and_experiments_are_as_if_not_there(
    client: AsyncClient, other: AsyncClient
) -> None:
    own, theirs = await experiment(client), await experiment(other)
    own_file, their_file = await data(client), await data(other)

    for file_id in (their_file, UNKNOWN_ID):
        response = await train(client, own["id"], **request(file_id))
        assert_problem(response, 404, "There is no such stored file.")
    for experiment_id in (theirs["id"], UNKNOWN_ID):
        response = await train(client, experiment_id, **request(own_file))
        assert_problem(response, 404, "There is no such experiment.")
    assert (await read(client, f"experiments/{own['id']}"))["status"] == "created"
    assert (await read(client, "documents?kind=model_session"))["items"] == []


async def test_file_without_a_content_is_not_trained_with(client: AsyncClient) -> None:
    made, file = await experiment(client), await create(client)

    response = await train(client, made["id"], **request(file["id"]))

    assert_problem(response, 404, "The file has no content yet.")


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"test_size": 0.09}, "test_size"),
        ({"test_size": 0.51}, "test_size"),
        ({"random_state": -1}, "random_state"),
        ({"random_state": 2**32}, "random_state"),
        ({"target_column": ""}, "target_column"),
        ({"target_column": "x" * (NAME + 1)}, "target_column"),
        ({"hyperparameters": {"C": 0}}, "hyperparameters.C"),
        ({"hyperparameters": {"C": "evil"}}, "hyperparameters.C"),
        ({"hyperparameters": {"max_iter": 10_001}}, "hyperparameters.max_iter"),
        ({"hyperparameters": {"alpha": 1}}, "hyperparameters"),
        ({"preprocessing": [{"step": "scale"}] * (STEPS + 1)}, "preprocessing"),
        ({"preprocessing": [{"step": "split"}]}, "preprocessing.0"),
        (
            {"preprocessing": [{"step": "drop", "columns": [f"{n}" for n in range(COLUMNS + 1)]}]},
            "preprocessing.0.columns",
        ),
        ({"register_as": " "}, "register_as"),
    ],
    ids=str,
)
async def test_request_has_bounds(client: AsyncClient, fields: Json, place: str) -> None:
    made = await experiment(client)

    response = await train(client, made["id"], **request(UNKNOWN_ID, **fields))

    assert response.status_code == 422
    assert [*response.json()["errors"]] == [f"body.{place}"]


@pytest.mark.parametrize(
    ("model_type", "name", "most"),
    [
        ("random_forest_classifier", "n_estimators", 1_000),
        ("random_forest_regressor", "max_depth", 100),
        ("gradient_boosting_regressor", "max_iter", 1_000),
        ("gradient_boosting_classifier", "max_leaf_nodes", 1_000),
        ("lasso", "max_iter", 10_000),
        ("k_neighbors_classifier", "n_neighbors", 1_000),
    ],
)
async def test_sizes_of_models_are_bounded(
    client: AsyncClient, model_type: str, name: str, most: int
) -> None:
    made = await experiment(client)
    given = request(UNKNOWN_ID, model_type=model_type)

    fits = await train(client, made["id"], **given, hyperparameters={name: most})
    beyond = await train(client, made["id"], **given, hyperparameters={name: most + 1})

    assert fits.status_code == 404  # the file is unknown
    assert [*beyond.json()["errors"]] == [f"body.hyperparameters.{name}"]


async def test_unknown_type_is_not_repeated(client: AsyncClient) -> None:
    made = await experiment(client)

    response = await train(client, made["id"], **request(UNKNOWN_ID, model_type="os.system"))

    assert_invalid(response, {"body": [f"must have a model_type: {', '.join(TRAININGS)}"]})


async def test_request_has_room_in_a_job_and_in_a_document(client: AsyncClient) -> None:
    made = await experiment(client)
    names = [f"{n:{NAME}}" for n in range(COLUMNS)]
    steps = [{"step": "drop", "columns": names}]

    response = await train(client, made["id"], **request(UNKNOWN_ID, preprocessing=steps))

    assert_problem(response, 413, f"The body may have at most {TRAINING_BYTES} bytes.")
    assert 2 * TRAINING_BYTES <= JSON_BYTES


async def test_cancelled_training_cancels_its_experiment(client: AsyncClient, jobs: Jobs) -> None:
    job = await started(client)

    await client.post(f"/api/v1/jobs/{job['id']}/cancellation")

    assert await state(client, job) == ("cancelled", "failed")
    retried = await client.post(f"/api/v1/jobs/{job['id']}/retry")
    detail = "A cancelled experiment cannot become running; it can become nothing else."
    assert_problem(retried, 409, detail, errors={"body.status": [detail]})
    assert (await read(client, f"jobs/{job['id']}"))["status"] == "cancelled"


async def ended_by(app: FastAPI, client: AsyncClient, error: Exception) -> Json:
    async def fail(work: Work[TrainTask]) -> None:
        raise error

    job = await started(client)
    await Jobs(app, Handler(TRAIN, fail, follow=follow)).run()
    return await read(client, f"jobs/{job['id']}")


@pytest.mark.parametrize(
    "error", [JobError("target", "There is no target."), ConflictError("There is none.")]
)
async def test_failed_training_fails_its_experiment(
    app: FastAPI, client: AsyncClient, error: Exception
) -> None:
    job = await ended_by(app, client, error)

    assert (job["status"], job["error"]) == ("failed", str(error))
    assert await state(client, job) == ("failed", "failed")


async def test_attempt_that_is_repeated_leaves_the_experiment_running(
    app: FastAPI, client: AsyncClient
) -> None:
    job = await ended_by(app, client, JobError("child", "It was killed.", again=True))

    assert job["status"] == "queued"
    assert await state(client, job) == ("running", "active")


async def test_failed_training_can_be_retried(app: FastAPI, client: AsyncClient) -> None:
    job = await ended_by(app, client, JobError("disk", "It is full."))

    await client.post(f"/api/v1/jobs/{job['id']}/retry")

    assert await state(client, job) == ("running", "active")


async def test_what_its_owner_has_ended_or_deleted_stays_so(
    app: FastAPI, client: AsyncClient
) -> None:
    job = await started(client)
    given = job["payload"]
    path = f"{EXPERIMENTS}/{given['experiment_id']}"
    await client.patch(path, json={"status": "completed"})
    await client.delete(f"/api/v1/documents/{given['document_id']}")

    cancelled = await client.post(f"/api/v1/jobs/{job['id']}/cancellation")

    assert cancelled.status_code == 202
    assert (await client.get(path)).json()["status"] == "completed"


async def test_experiment_that_is_gone_needs_no_ending(client: AsyncClient) -> None:
    job = await started(client)
    assert (await client.delete(f"{EXPERIMENTS}/{job['payload']['experiment_id']}")).is_success

    cancelled = await client.post(f"/api/v1/jobs/{job['id']}/cancellation")

    assert cancelled.json()["status"] == "cancelled"


async def test_training_that_loses_workers_fails_its_experiment(
    client: AsyncClient, jobs: Jobs
) -> None:
    job = await started(client)
    await jobs.sql(
        "UPDATE jobs SET status = 'running', lease_until = created_at, losses = :losses",
        losses=LOSSES - 1,
    )

    async with jobs.database.writing() as session:
        await rescue(session, jobs.runner.followers)

    assert (await read(client, f"jobs/{job['id']}"))["error_code"] == "worker_lost"
    assert await state(client, job) == ("failed", "failed")


async def test_training_of_a_file_that_was_deleted_says_so(client: AsyncClient, jobs: Jobs) -> None:
    job = await started(client)
    file = {"id": job["payload"]["training"]["file_id"]}
    assert (await client.delete(path_of(file))).status_code == 204

    await jobs.run()

    ended = await read(client, f"jobs/{job['id']}")
    assert (ended["error_code"], ended["error"]) == (
        "not_found",
        "The data file was deleted before the training had ended.",
    )
    assert await state(client, job) == ("failed", "failed")
