"""Trainings in child processes, from the request to what they leave, or do not leave."""

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient

from src.files.digests import Digest
from src.jobs.keeper import Keeper
from src.jobs.runner import Runner
from src.schemas.training_job import TRAIN
from src.services.stored_file_contents import keep_content
from src.services.training_results import DATA_GONE
from tests.api import Json
from tests.files import content_of, path_of
from tests.jobs import Jobs
from tests.training import data, experiment, read, request, train

GROWING = {"model_type": "random_forest_classifier", "hyperparameters": {"n_estimators": 20}}
"""A training that tells ten times how far it is."""


async def begun(client: AsyncClient, file_id: str, **fields: object) -> Json:
    made = await experiment(client)
    started = await train(client, made["id"], **request(file_id, **fields))
    assert started.status_code == 202, started.text
    job: Json = started.json()
    return job


async def ended(client: AsyncClient, job: Json) -> tuple[str, str | None, str]:
    """Return the status and the error of the job, and the status of its experiment."""
    now = await read(client, f"jobs/{job['id']}")
    made = await read(client, f"experiments/{now['payload']['experiment_id']}")
    return now["status"], now["error"], made["status"]


async def nothing_is_left(client: AsyncClient) -> bool:
    """Return whether there is neither a model, nor a version, nor a file of one."""
    names = {each["name"] for each in (await read(client, "files"))["items"]}
    found = [await read(client, each) for each in ("ml-models", "model-versions")]
    return not any(each["items"] for each in found) and names <= {"flowers.csv"}


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Hold up trainings before they store their artefact, until this is set."""
    gate = asyncio.Event()

    async def keep_later(*given: Any) -> Digest:
        await gate.wait()
        return await keep_content(*given)

    monkeypatch.setattr("src.jobs.kinds.train.keep_content", keep_later)
    return gate


@asynccontextmanager
async def at_work(client: AsyncClient, jobs: Jobs, gate: asyncio.Event) -> AsyncIterator[Json]:
    """Yield the job of a training that has told its first metrics; let it end after the block."""
    job = await begun(client, await data(client), **GROWING)
    task = await jobs.runner.claim(TRAIN.queues)
    assert task
    path = f"experiments/{job['payload']['experiment_id']}/metrics"
    async with asyncio.timeout(300):
        while not (await read(client, path))["items"]:
            await asyncio.sleep(0.05)
    yield job
    gate.set()
    await task


async def test_training_leaves_a_version_and_all_that_belongs_to_it(
    client: AsyncClient, jobs: Jobs
) -> None:
    file_id = await data(client)
    job = await begun(client, file_id, register_as="species")
    await jobs.run()

    assert await ended(client, job) == ("succeeded", None, "completed")
    result = (await read(client, f"jobs/{job['id']}"))["result"]
    version = await read(client, f"model-versions/{result['model_version_id']}")
    file = await read(client, f"files/{result['file_id']}")
    artefact = (await client.get(content_of(file))).content
    assert version["checksum"] == f"sha256:{sha256(artefact).hexdigest()}"
    assert version["size_bytes"] == len(artefact) == file["size_bytes"]
    assert version["storage_uri"] == f"files://{file['id']}"
    assert version["test_metrics"].keys() == {"accuracy", "f1", "log_loss", "roc_auc"}
    model = await read(client, f"ml-models/{result['ml_model_id']}")
    assert (model["name"], model["task"]) == ("species", "classification")
    signature = await read(client, f"model-versions/{version['id']}/signature")
    assert signature == {
        "model_type": "logistic_regression",
        "target_column": "species",
        "features": [{"name": "length", "type": "number"}, {"name": "width", "type": "number"}],
        "file_id": file["id"],
    }
    session = (await read(client, f"documents/{result['document_id']}"))["body"]
    assert (session["status"], session["model_version_id"]) == ("finished", version["id"])
    assert session["data"]["file_id"] == file_id
    assert (session["data"]["rows"], session["data"]["columns"]) == (40, 3)
    assert session["test_metrics"] == version["test_metrics"]
    points = (await read(client, f"experiments/{result['experiment_id']}/metrics"))["items"]
    told = {each["key"]: each["value"] for each in points}
    assert told == {f"train/{n}": v for n, v in version["train_metrics"].items()} | {
        f"test/{n}": v for n, v in version["test_metrics"].items()
    }
    assert (await client.delete(path_of(file))).status_code == 409


async def test_another_training_is_another_version_of_the_model(
    client: AsyncClient, jobs: Jobs
) -> None:
    made, file_id = await experiment(client), await data(client)
    again = await experiment(client, project_id=made["project_id"], name="again")
    for each in (made, again):
        await train(client, each["id"], **request(file_id, register_as="species"))

    await jobs.run()

    (model,) = (await read(client, "ml-models"))["items"]
    versions = (await read(client, "model-versions?sort=id"))["items"]
    assert [each["number"] for each in versions] == [1, 2]
    assert {each["ml_model_id"] for each in versions} == {model["id"]}


async def test_version_is_one_of_the_experiment_if_no_model_is_named(
    client: AsyncClient, jobs: Jobs
) -> None:
    job = await begun(client, await data(client))

    await jobs.run()

    result = (await read(client, f"jobs/{job['id']}"))["result"]
    assert (await read(client, f"ml-models/{result['ml_model_id']}"))["name"] == "flowers"


async def test_training_that_needs_too_much_memory_fails(client: AsyncClient, jobs: Jobs) -> None:
    """A column for each of 200 texts takes 1.2 GB; reading the file takes far less."""
    rows = "\n".join(["city,species", *(f"c{n % 200},s{n % 2}" for n in range(750_000))])
    encode = [{"step": "encode"}]
    job = await begun(client, await data(client, rows.encode()), preprocessing=encode)
    small = jobs.settings.model_copy(update={"training_memory": 1_200_000_000})
    task = await Runner(jobs.database, small, jobs.handlers).claim(TRAIN.queues)
    assert task
    await task

    assert await ended(client, job) == ("failed", "The job needs more than 1144 MiB.", "failed")
    assert await nothing_is_left(client)


async def test_training_that_takes_too_long_fails(client: AsyncClient, jobs: Jobs) -> None:
    job = await begun(client, await data(client), **GROWING)
    await jobs.sql("UPDATE jobs SET timeout_seconds = 0.5, max_attempts = 1")

    await jobs.run()

    assert await ended(client, job) == ("failed", "The job took longer than 0.5 s.", "failed")
    assert await nothing_is_left(client)


async def test_cancelled_training_leaves_its_curve_only(
    client: AsyncClient, jobs: Jobs, gate: asyncio.Event
) -> None:
    async with at_work(client, jobs, gate) as job:
        await client.post(f"/api/v1/jobs/{job['id']}/cancellation")
        await Keeper(jobs.runner).tick()

    assert await ended(client, job) == ("cancelled", None, "cancelled")
    assert await nothing_is_left(client)


async def test_training_whose_data_are_deleted_fails(
    client: AsyncClient, jobs: Jobs, gate: asyncio.Event
) -> None:
    async with at_work(client, jobs, gate) as job:
        file = {"id": job["payload"]["training"]["file_id"]}
        assert (await client.delete(path_of(file))).status_code == 204

    assert await ended(client, job) == ("failed", DATA_GONE, "failed")
    assert await nothing_is_left(client)


async def test_training_whose_experiment_is_deleted_fails(
    client: AsyncClient, jobs: Jobs, gate: asyncio.Event
) -> None:
    async with at_work(client, jobs, gate) as job:
        path = f"/api/v1/experiments/{job['payload']['experiment_id']}"
        assert (await client.delete(path)).status_code == 204

    now = await read(client, f"jobs/{job['id']}")
    assert (now["status"], now["error"]) == ("failed", "There is no such experiment.")
    assert await nothing_is_left(client)


async def test_without_its_lease_a_training_writes_nothing(
    client: AsyncClient, jobs: Jobs, gate: asyncio.Event
) -> None:
    async with at_work(client, jobs, gate) as job:
        await jobs.sql("UPDATE jobs SET worker = 'other', lease = lease + 1")
        points = await jobs.sql("SELECT count(*) FROM ml_metrics")
        before = await read(client, f"jobs/{job['id']}")

    assert await read(client, f"jobs/{job['id']}") == before
    assert await ended(client, job) == ("running", None, "running")
    assert await jobs.sql("SELECT count(*) FROM ml_metrics") == points
    assert await nothing_is_left(client)


async def test_full_disk_fails_a_training_and_leaves_nothing(
    client: AsyncClient, jobs: Jobs, place: Path
) -> None:
    rows = [
        f"{n * 7919 % 100_003 / 997},{n * 104_729 % 99_991 / 991},s{n % 2}" for n in range(2_000)
    ]
    content = "\n".join(["a,b,species", *rows]).encode()  # much smaller than its model
    job = await begun(client, await data(client, content), model_type="random_forest_classifier")
    before = sorted(place.rglob("*"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))  # the child's, too
    try:
        await jobs.run()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert await ended(client, job) == (
        "failed",
        "The disk has no room for the model.",
        "failed",
    )
    assert sorted(place.rglob("*")) == before
    assert await nothing_is_left(client)
