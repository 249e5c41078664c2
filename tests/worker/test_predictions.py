"""Predictions by warm children: what they answer, and what bounds them."""

import asyncio
import os
import resource
import signal
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from src.api.routes.predictions import PREDICTORS
from src.jobs.report import Report
from src.training import predictions, predictors
from src.training import train as train_module
from src.training.artefacts import read_model
from src.training.bounds import MODELS
from src.training.predicting import Predictor
from src.training.predictors import Predictors
from tests.api import UNKNOWN_ID, Json, assert_problem
from tests.apps import database_of
from tests.files import content_of
from tests.jobs import Jobs
from tests.processes import guarded_by
from tests.training import FLOWERS, data, experiment, read, request, train

LOST = "The process of the prediction took too long, or has died: repeat the request."
ROWS = [{"length": 1.2, "width": 2.1}, {"length": 5.5, "width": 3.4}]


@pytest.fixture(autouse=True)
def trained_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train without a child process, which takes seconds to start: others test the trainings."""

    async def run_here(_: object, module: str, given: Json, **options: object) -> Json:
        assert module == train_module.__name__
        return train_module.run(given, Report(lambda **_: None))

    monkeypatch.setattr("src.jobs.kinds.train.run_in_child", run_here)


async def version(client: AsyncClient, jobs: Jobs, content: bytes = FLOWERS, **given: Any) -> Json:
    """Train a model, and return the result."""
    made = await experiment(client)
    started = await train(client, made["id"], **request(await data(client, content), **given))
    await jobs.run()
    job = await read(client, f"jobs/{started.json()['id']}")
    assert job["status"] == "succeeded", job["error"]
    result: Json = job["result"]
    return result


async def predict(client: AsyncClient, result: Json, rows: Any = ROWS) -> Response:
    path = f"/api/v1/model-versions/{result['model_version_id']}/predictions"
    return await client.post(path, json={"rows": rows})


@pytest.fixture
def warm(app: FastAPI) -> Predictors:
    return PREDICTORS[database_of(app)]


async def test_service_without_the_packages_says_so(
    client: AsyncClient, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = await version(client, jobs)
    monkeypatch.setattr(predictions, "PACKAGES", ("no_such_package",))

    detail = "This service has not the packages that predictions need: see docs/training.md."
    assert_problem(await predict(client, result), 501, detail)


async def test_predictions_are_those_of_the_artefact(client: AsyncClient, jobs: Jobs) -> None:
    result = await version(client, jobs)
    content = (await client.get(content_of({"id": result["file_id"]}))).content
    model = read_model(content, "logistic_regression")
    rows = np.array([[each["length"], each["width"]] for each in ROWS])

    response = await predict(client, result)

    assert response.status_code == 200
    assert response.json() == {
        "predictions": ["setosa", "virginica"],
        "classes": ["setosa", "virginica"],
        "probabilities": model.predict_proba(rows).tolist(),
    }


async def test_texts_gaps_and_numbers_are_predicted_with(client: AsyncClient, jobs: Jobs) -> None:
    lines = [f"{n},{'Rome' if n % 2 else 'Paris'},{3 * n}" for n in range(40)]
    content = "\n".join(["a,city,y", *lines]).encode()
    steps = [{"step": "impute"}, {"step": "encode"}]
    result = await version(
        client, jobs, content, target_column="y", model_type="ridge", preprocessing=steps
    )

    rows = [{"a": None, "city": "Rome"}, {"city": "Oslo", "a": 7}, {"city": None, "a": True}]
    answer = (await predict(client, result, rows)).json()

    assert (answer["classes"], answer["probabilities"]) == (None, None)
    assert len(answer["predictions"]) == 3


@pytest.mark.parametrize("model_type", ["linear_regression", "ridge", "k_neighbors_regressor"])
async def test_prediction_that_is_not_finite_is_refused(
    client: AsyncClient, jobs: Jobs, model_type: str
) -> None:
    content = "\n".join(["a,y", *(f"{n},{1000 * n}" for n in range(40))]).encode()
    given: Json = {"target_column": "y", "model_type": model_type}
    if model_type == "k_neighbors_regressor":
        given["hyperparameters"] = {"weights": "distance"}
    result = await version(client, jobs, content, **given)

    response = await predict(client, result, [{"a": 1.7e308}])

    reason = "What it predicts is not finite: values of the rows are too large."
    assert_problem(response, 422, f"The model cannot predict this: {reason}")


async def test_artefact_that_is_gone_is_told(client: AsyncClient, jobs: Jobs, place: Path) -> None:
    result = await version(client, jobs)
    file = await read(client, f"files/{result['file_id']}")
    (place / "files/md5" / file["md5"][:2] / file["md5"][2:]).unlink()

    detail = "The content of this file is not in the storage any more."
    assert_problem(await predict(client, result), 410, detail)


async def test_gap_that_the_model_cannot_take_is_refused(client: AsyncClient, jobs: Jobs) -> None:
    result = await version(client, jobs)

    response = await predict(client, result, [{"length": None, "width": 1}])

    assert_problem(response, 422, "The model cannot predict this: Input X contains NaN.")


async def test_names_are_those_of_the_training(client: AsyncClient, jobs: Jobs) -> None:
    result = await version(client, jobs)

    response = await predict(client, result, [{"length": 1, "evil": 1}])

    errors = {"body.rows.0": ["lacks width", "has 1 names that are no feature"]}
    assert_problem(response, 422, "The rows do not have the features of the model.", errors=errors)


async def test_child_stays_warm_and_is_ended_when_it_is_idle(
    client: AsyncClient, jobs: Jobs, warm: Predictors
) -> None:
    result = await version(client, jobs)

    assert (await predict(client, result)).status_code == 200
    (first,) = warm._idle
    assert (await predict(client, result)).status_code == 200
    assert warm._idle == [first]
    assert [*first.known].count(first.known[-1]) == 1  # it was read once

    await warm.end_idle(time.monotonic())
    assert first.process.returncode == -signal.SIGKILL
    assert (await predict(client, result)).status_code == 200
    assert warm._idle != [first]


async def test_process_that_has_died_is_replaced(
    client: AsyncClient, jobs: Jobs, warm: Predictors
) -> None:
    result = await version(client, jobs)
    await predict(client, result)
    (child,) = warm._idle
    os.killpg(child.process.pid, signal.SIGSTOP)
    asking = asyncio.create_task(predict(client, result))
    async with asyncio.timeout(60):
        while warm._idle:
            await asyncio.sleep(0.01)

    os.killpg(child.process.pid, signal.SIGKILL)

    assert_problem(await asking, 503, LOST)
    assert (await asking).headers["retry-after"] == "1"
    assert (await predict(client, result)).status_code == 200


async def test_prediction_that_takes_too_long_ends_its_process(
    client: AsyncClient, jobs: Jobs, warm: Predictors, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = await version(client, jobs)
    await predict(client, result)
    (child,) = warm._idle
    os.killpg(child.process.pid, signal.SIGSTOP)
    monkeypatch.setattr(predictions, "SECONDS", 0.1)

    assert_problem(await predict(client, result), 503, LOST)
    assert child.process.returncode == -signal.SIGKILL


async def test_predictions_that_wait_are_bounded(
    client: AsyncClient,
    other: AsyncClient,
    jobs: Jobs,
    warm: Predictors,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = await version(client, jobs)
    await predict(client, result)
    (child,) = warm._idle
    monkeypatch.setattr(predictors.PREDICTIONS, "_most", 1)
    monkeypatch.setattr(predictors.PREDICTIONS, "_most_of_owner", 2)
    os.killpg(child.process.pid, signal.SIGSTOP)
    waiting = asyncio.create_task(predict(client, result))
    async with asyncio.timeout(60):
        while warm._idle:
            await asyncio.sleep(0.01)

    full = await predict(client, result)
    monkeypatch.setattr(predictors.PREDICTIONS, "_most_of_owner", 1)
    own = await predict(client, result)
    os.killpg(child.process.pid, signal.SIGCONT)

    assert_problem(full, 503, "Too many predictions are waiting: repeat the request.")
    assert_problem(own, 429, "You are waiting for too many predictions: repeat the request later.")
    assert full.headers["retry-after"] == own.headers["retry-after"] == "1"
    assert (await waiting).status_code == 200


def test_models_that_a_child_keeps_are_bounded(tmp_path: Path) -> None:
    predictor, asked = Predictor(), []
    for seed in range(MODELS + 1):
        (tmp_path / "data").write_bytes(FLOWERS)
        path = tmp_path / f"{seed}.skops"
        training = request(UNKNOWN_ID, model_type="decision_tree_classifier", random_state=seed)
        given = {"training": training, "data": str(tmp_path / "data"), "artefact": str(path)}
        train_module.run(given, Report(lambda **_: None))
        common = {"sha256": sha256(path.read_bytes()).hexdigest(), "rows": [[1.2, 2.1]]}
        types = {"types": ["number", "number"], "model_type": training["model_type"]}
        asked.append(common | types | {"path": str(path)})
        assert predictor.answer(asked[-1])["result"]["predictions"] == ["setosa"]

    for each in asked:
        del each["path"]
    assert predictor.answer(asked[0]) == {"lacks": asked[0]["sha256"]}
    assert all("result" in predictor.answer(each) for each in asked[1:])
    assert len(predictor._models) == MODELS


@pytest.mark.skipif(sys.platform != "linux", reason="other systems cannot change a limit")
async def test_prediction_that_needs_too_much_memory_says_so(
    client: AsyncClient, jobs: Jobs, warm: Predictors
) -> None:
    lines = [f"{n / 7},{n * n / 3},{n}" for n in range(100_000)]
    content = "\n".join(["a,b,y", *lines]).encode()
    small = await version(client, jobs)
    large = await version(
        client, jobs, content, target_column="y", model_type="k_neighbors_regressor"
    )
    assert (await predict(client, small)).status_code == 200
    (child,) = warm._idle
    pid = guarded_by(child.process.pid)
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + 1_000_000
    resource.prlimit(pid, resource.RLIMIT_AS, (most, most))

    response = await predict(client, large, [{"a": 1, "b": 2}])

    detail = "The model and these rows need more memory than a prediction may take."
    assert_problem(response, 503, detail)
    assert child.process.returncode == -signal.SIGKILL
    assert (await predict(client, large, [{"a": 1, "b": 2}])).status_code == 200


async def test_artefact_that_was_changed_is_not_loaded(
    client: AsyncClient, jobs: Jobs, place: Path
) -> None:
    result = await version(client, jobs)
    file = await read(client, f"files/{result['file_id']}")
    content = place / "files/md5" / file["md5"][:2] / file["md5"][2:]
    content.write_bytes(content.read_bytes() + b"\0")

    response = await predict(client, result)

    detail = "The artefact is not the one that the version was made with."
    assert_problem(response, 409, detail)


async def test_deleted_version_predicts_no_more(client: AsyncClient, jobs: Jobs) -> None:
    result = await version(client, jobs)
    path = f"/api/v1/model-versions/{result['model_version_id']}"

    assert (await client.delete(path)).status_code == 204

    assert_problem(await predict(client, result), 404, "There is no such model version.")
    assert (await client.delete(f"/api/v1/files/{result['file_id']}")).status_code == 204
