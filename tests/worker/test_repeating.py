"""A training is repeated by the document of its session."""

from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from src.core.errors import ConflictError, DomainError, NotFoundError
from src.files.settings import FilesSettings
from src.files.stores import store_of
from src.jobs.report import Report
from src.schemas.job import Json
from src.training import comparing, train
from src.training.repeating import NO_SESSION, OTHER_DATA, Repeating, Repetition
from tests.api import UNKNOWN_ID
from tests.apps import database_of, service_of
from tests.files import FILES
from tests.jobs import Jobs
from tests.training import data, experiment, read, request
from tests.training import train as start


class Told:
    def progress(self, *_: object) -> None:
        """Nobody looks."""


@pytest.fixture
def repeating(app: FastAPI) -> Repeating:
    store = store_of(service_of(app).settings_of(FilesSettings).files_url)
    return Repeating(database_of(app), store, 2_000_000_000, Told())


@pytest.fixture
async def session(client: AsyncClient, jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> Json:
    """Return the document of a training, which ran without a child process."""

    async def run_here(_: object, module: str, given: Json, **options: object) -> Json:
        assert module == train.__name__
        return train.run(given, Report(lambda **_: None))

    made, file_id = await experiment(client), await data(client)
    body = request(file_id, model_type="random_forest_classifier", random_state=3)
    with monkeypatch.context() as patch:
        patch.setattr("src.jobs.kinds.train.run_in_child", run_here)
        job = (await start(client, made["id"], **body)).json()
        await jobs.run()
    result = (await read(client, f"jobs/{job['id']}"))["result"]
    return await read(client, f"documents/{result['document_id']}")


async def test_repetition_predicts_the_same(repeating: Repeating, session: Json) -> None:
    repetition = await repeating.repeat(UUID(session["id"]))

    assert repetition == Repetition(rows=40, different=0, measures={}, packages={})


async def test_other_metrics_and_packages_are_told(
    client: AsyncClient, repeating: Repeating, session: Json
) -> None:
    before = {"packages": {"skops": "0.1"}, "test_metrics": {"accuracy": 0.5}}
    await client.patch(f"/api/v1/documents/{session['id']}", json={"body": before})

    repetition = await repeating.repeat(UUID(session["id"]))

    assert repetition.packages == {"skops": ("0.1", session["body"]["packages"]["skops"])}
    assert repetition.measures == {"accuracy": (0.5, session["body"]["test_metrics"]["accuracy"])}


async def refused(repeating: Repeating, document_id: str) -> DomainError:
    with pytest.raises(DomainError) as raised:
        await repeating.repeat(UUID(document_id))
    return raised.value


async def test_document_of_another_kind_is_no_session(
    client: AsyncClient, repeating: Repeating, session: Json
) -> None:
    (config,) = (await read(client, "documents?kind=project_config"))["items"]

    for document_id in (config["id"], UNKNOWN_ID):
        error = await refused(repeating, document_id)
        assert (type(error), str(error)) == (NotFoundError, NO_SESSION)


async def test_session_needs_its_data_and_its_version(
    client: AsyncClient, repeating: Repeating, session: Json
) -> None:
    body = session["body"]
    await client.patch(
        f"/api/v1/documents/{session['id']}", json={"body": {"data": {"sha256": "0" * 64}}}
    )
    other = await refused(repeating, session["id"])
    assert (await client.delete(f"{FILES}/{body['data']['file_id']}")).status_code == 204
    gone = await refused(repeating, session["id"])
    await client.delete(f"/api/v1/model-versions/{body['model_version_id']}")
    without = await refused(repeating, session["id"])

    assert (type(other), str(other)) == (ConflictError, OTHER_DATA)
    assert str(gone) == "There is no such stored file."
    assert str(without) == "There is no such model version."


def test_predictions_that_differ_are_counted(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("compared")
    path = folder / "data"
    path.write_bytes("\n".join(["a,y", *(f"{n},{n % 7}.5" for n in range(40))]).encode())
    models = []
    for alpha in (0.1, 1_000.0):
        training = request(
            UNKNOWN_ID, target_column="y", model_type="ridge", hyperparameters={"alpha": alpha}
        )
        models.append(str(folder / f"{alpha}.skops"))
        given = {"training": training, "data": str(path), "artefact": models[-1]}
        train.run(given, Report(lambda **_: None))

    compared = {"training": training, "data": str(path), "models": models, "folder": str(folder)}
    same = compared | {"models": [models[0]] * 2}
    report = Report(lambda **_: None)

    assert comparing.run(same, report) == {"rows": 40, "different": 0}
    assert comparing.run(compared, report)["different"] > 30
