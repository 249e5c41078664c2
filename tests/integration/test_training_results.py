"""What a training leaves. Its child process is one of the tests': tests/worker has the real one."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from httpx import AsyncClient
from sqlmodel import delete
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import AwayError
from src.files.settings import FilesSettings
from src.models.ml_model import MlModel
from src.schemas.ml_metric import MlMetricReceipt
from src.services import training_results
from src.services.ml_metric import MlMetricService
from src.training import recording
from tests.api import Json
from tests.jobs import Jobs
from tests.training import EXPERIMENTS, data, experiment, read, request, train

TRAINED: Json = {
    "rows": 40,
    "columns": 3,
    "features": [{"name": "length", "type": "number"}, {"name": "city", "type": "text"}],
    "train_metrics": {"accuracy": 1.0},
    "test_metrics": {"accuracy": 0.9},
    "packages": {"scikit-learn": "1.9.1"},
    "environment": {"python": "3.13.0"},
    "durations": {"train": 0.5},
    "warnings": ["The column one has one value only."],
}
ARTEFACT = b"A model."


@pytest.fixture(autouse=True)
def child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a training tell 250 points, and write an artefact."""

    async def run(work: Any, module: str, given: Json, *, hear: Any, **options: object) -> Json:
        assert module == "src.training.train"
        assert Path(given["data"]).read_bytes().startswith(b"length,width,species")
        for step in range(250):
            await hear({"points": [{"key": "test/accuracy", "step": step, "value": 0.5}]})
        Path(given["artefact"]).write_bytes(ARTEFACT)
        return TRAINED

    monkeypatch.setattr("src.jobs.kinds.train.run_in_child", run)


async def trained(client: AsyncClient, jobs: Jobs, **fields: Any) -> Json:
    """Run a training, and return its job."""
    made = await experiment(client)
    started = await train(client, made["id"], **request(await data(client), **fields))
    await jobs.run()
    return await read(client, f"jobs/{started.json()['id']}")


async def test_everything_is_there_at_once(client: AsyncClient, jobs: Jobs) -> None:
    job = await trained(client, jobs, model_type="ridge", register_as="heights")

    result = job["result"]
    version = await read(client, f"model-versions/{result['model_version_id']}")
    model = await read(client, f"ml-models/{result['ml_model_id']}")
    file = await read(client, f"files/{result['file_id']}")
    session = (await read(client, f"documents/{result['document_id']}"))["body"]
    signature = await read(client, f"model-versions/{version['id']}/signature")
    assert (model["name"], model["task"]) == ("heights", "regression")
    assert (file["name"], file["size_bytes"]) == ("ridge.skops", len(ARTEFACT))
    assert version["checksum"] == f"sha256:{file['sha256']}"
    assert version["hyperparameters"] == {"alpha": 1.0, "fit_intercept": True}
    assert version["test_metrics"] == {"accuracy": 0.9}
    assert signature["features"] == TRAINED["features"]
    told = {name: session[name] for name in TRAINED.keys() & session.keys()}
    assert told == {name: TRAINED[name] for name in told}
    assert session["checkpoints"] == [{"uri": f"files://{file['id']}"}]
    made = await read(client, f"experiments/{result['experiment_id']}")
    assert (job["status"], made["status"]) == ("succeeded", "completed")


async def test_all_points_are_written(client: AsyncClient, jobs: Jobs) -> None:
    job = await trained(client, jobs)

    path = f"experiments/{job['result']['experiment_id']}/metrics/summary"
    (summary,) = (await read(client, path))["items"]
    assert (summary["count"], summary["last"]) == (250, {"step": 249, "value": 0.5})


async def test_points_wait_while_the_database_is_away(
    client: AsyncClient, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "EVERY_SECONDS", 0.001)
    refusals = iter(range(5))
    record = MlMetricService.record

    async def refuse_first(metrics: MlMetricService, *given: Any) -> MlMetricReceipt:
        if next(refusals, None) is not None:
            raise AwayError
        return await record(metrics, *given)

    monkeypatch.setattr(MlMetricService, "record", refuse_first)

    job = await trained(client, jobs)

    path = f"experiments/{job['result']['experiment_id']}/metrics/summary"
    assert (await read(client, path))["items"][0]["count"] == 250
    assert next(refusals, None) is None


async def test_models_of_one_name_are_one(client: AsyncClient, jobs: Jobs) -> None:
    first, file_id = await experiment(client), await data(client)
    second = await experiment(client, project_id=first["project_id"], name="second")
    elsewhere = await experiment(client)
    for each in (first, second, elsewhere):
        await train(client, each["id"], **request(file_id, register_as="species"))

    await jobs.run()

    versions = (await read(client, "model-versions?sort=id"))["items"]
    assert [each["number"] for each in versions] == [1, 2, 1]
    assert len({each["ml_model_id"] for each in versions}) == 2


async def test_quota_that_is_used_up_fails_the_training(client: AsyncClient, jobs: Jobs) -> None:
    settings = jobs.settings
    assert isinstance(settings, FilesSettings)
    jobs.runner._settings = settings.model_copy(update={"file_quota": 100})

    job = await trained(client, jobs)

    assert (job["status"], job["error_code"]) == ("failed", "insufficient_storage")
    assert (await read(client, "ml-models"))["items"] == []
    assert len((await read(client, "files"))["items"]) == 1


async def test_experiment_that_has_ended_meanwhile_is_not_completed(
    client: AsyncClient, jobs: Jobs
) -> None:
    made = await experiment(client)
    started = await train(client, made["id"], **request(await data(client)))
    await client.patch(f"{EXPERIMENTS}/{made['id']}", json={"status": "cancelled"})

    await jobs.run()

    job = await read(client, f"jobs/{started.json()['id']}")
    detail = "A cancelled experiment cannot become completed; it can become nothing else."
    assert (job["status"], job["error"]) == ("failed", detail)
    assert (await read(client, "model-versions"))["items"] == []
    assert (await read(client, f"experiments/{made['id']}"))["status"] == "cancelled"


async def test_model_that_is_deleted_meanwhile_is_made_anew(
    client: AsyncClient, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await experiment(client)
    model = {"project_id": made["project_id"], "name": "heights", "task": "regression"}
    await client.post("/api/v1/ml-models", json=model)
    find = training_results._FIND

    async def delete_and_find(session: AsyncSession, **values: Any) -> list[Any]:
        await session.exec(delete(MlModel))
        return await find.rows(session, **values)

    monkeypatch.setattr(training_results, "_FIND", SimpleNamespace(rows=delete_and_find))

    await train(client, made["id"], **request(await data(client), register_as="heights"))
    await jobs.run()

    (job,) = (await read(client, "jobs"))["items"]
    assert (job["status"], job["error"]) == ("succeeded", None)
    (found,) = (await read(client, "ml-models"))["items"]
    assert found["id"] == job["result"]["ml_model_id"]
