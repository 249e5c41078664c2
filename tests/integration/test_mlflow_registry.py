"""Artefacts, logged models and the registry as MLflow's client has them, seen by both views."""

import asyncio
import json
import mimetypes
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import md5

import pytest
from httpx import AsyncClient
from sqlmodel import update

from src.core.database import Database
from src.models.base import utc_now
from src.models.ml_model import MlModel
from src.models.model_version import ModelVersion
from src.services.mlflow_curves import LARGEST
from tests.api import Json
from tests.files import FILES
from tests.integration.test_mlflow import INVALID, MISSING
from tests.mlflow import (
    ARTIFACTS,
    CALLS,
    START,
    UNKNOWN,
    both,
    call,
    experiment,
    failure,
    logged_model,
    registered,
    run,
    send,
    upload,
)

UNSUPPORTED = (501, "NOT_IMPLEMENTED")


@pytest.fixture
async def root(client: AsyncClient) -> str:
    """Return the address of a run's artefacts."""
    created = await run(client, await experiment(client))
    info = (await call(client, "GET runs/get", **both(created)))["run"]["info"]
    uri: str = info["artifact_uri"]
    return uri.removeprefix("mlflow-artifacts:/")


async def listed(client: AsyncClient, address: str) -> list[tuple[str, bool, int | None]]:
    answer = await client.get(ARTIFACTS, params={"path": address})
    assert answer.status_code == 200, answer.text
    return [
        (each["path"], each["is_dir"], each.get("file_size")) for each in answer.json()["files"]
    ]


async def test_artefacts_are_files(client: AsyncClient, root: str) -> None:
    await upload(client, f"{root}/a/b.txt", b"hello")
    await upload(client, f"{root}/a.csv", b"")

    assert await listed(client, root) == [("a", True, None), ("a.csv", False, 0)]
    assert await listed(client, f"{root}/a") == [("b.txt", False, 5)]
    assert await listed(client, f"{root}/a/b.txt") == []
    items = (await client.get(FILES)).json()["items"]
    assert {(each["name"], each["media_type"]) for each in items} == {
        ("b.txt", "text/plain"),
        ("a.csv", "text/csv"),
    }
    run_id = root.split("/")[1]
    shown = await call(client, "GET artifacts/list", **both(run_id), path="a")
    assert shown == {
        "files": [{"path": "a/b.txt", "is_dir": False, "file_size": 5}],
        "root_uri": f"mlflow-artifacts:/{root}",
    }


async def test_empty_file_comes_in_chunks(client: AsyncClient, root: str) -> None:
    """So the client sends it; others have a length."""

    async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    empty = await client.put(f"{ARTIFACTS}/{root}/a.py", content=chunks())
    refused = await client.put(f"{ARTIFACTS}/{root}/b.py", content=chunks(b"", b"b"))

    assert (empty.status_code, failure(refused)) == (200, (411, "BAD_REQUEST"))
    assert await listed(client, root) == [("a.py", False, 0)]
    assert (await client.get(f"{ARTIFACTS}/{root}/a.py")).content == b""


async def test_artefact_may_have_any_name_of_a_file(
    client: AsyncClient, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(mimetypes.types_map, ".b", "chemical/x-molconn-Z")
    for name in ("a.b", "a%5Cb", "a.%C3%BC"):
        await upload(client, f"{root}/{name}")

    assert [each[0] for each in await listed(client, root)] == ["a.b", "a.ü", "a\\b"]


async def test_artefact_is_downloaded_whole_and_in_parts(client: AsyncClient, root: str) -> None:
    await upload(client, f"{root}/b.txt", b"hello")

    whole = await client.get(f"{ARTIFACTS}/{root}/b.txt")
    part = await client.get(f"{ARTIFACTS}/{root}/b.txt", headers={"Range": "bytes=1-2"})

    assert (whole.status_code, whole.content) == (200, b"hello")
    assert (part.status_code, part.content) == (206, b"el")


@pytest.mark.parametrize("paths", [("a", "a/b"), ("a/b", "a"), ("a", "a/b/c"), ("a/b/c", "a/b")])
async def test_artefact_is_no_folder(
    client: AsyncClient, root: str, paths: tuple[str, str]
) -> None:
    first, second = paths
    await upload(client, f"{root}/{first}")
    await upload(client, f"{root}/ab")

    refused = await client.put(f"{ARTIFACTS}/{root}/{second}", content=b"x")

    detail = "A path is either that of an artefact or that of a folder of artefacts, and not both."
    assert refused.status_code == 409
    assert refused.json() == {"error_code": "RESOURCE_CONFLICT", "message": detail}
    await upload(client, f"{root}/{first}", b"again")
    assert len((await client.get(FILES)).json()["items"]) == 2


async def test_artefacts_at_once_are_never_file_and_folder(client: AsyncClient, root: str) -> None:
    paths = ["a", "a/b", "a/b/c", "a/b/c/d"]

    uploads = (client.put(f"{ARTIFACTS}/{root}/{path}", content=b"x") for path in paths)
    statuses = [each.status_code for each in await asyncio.gather(*uploads)]

    assert sorted(statuses) == [200, 409, 409, 409]


async def test_artefact_is_replaced(client: AsyncClient, root: str) -> None:
    for body in (b"one", b"two"):
        await upload(client, f"{root}/b.txt", body)

    assert (await client.get(f"{ARTIFACTS}/{root}/b.txt")).content == b"two"
    assert len((await client.get(FILES)).json()["items"]) == 1


async def test_artefacts_are_deleted(client: AsyncClient, root: str) -> None:
    for name in ("a/b", "a/c", "d"):
        await upload(client, f"{root}/{name}")

    for path in ("a", "d"):
        assert (await client.delete(f"{ARTIFACTS}/{root}/{path}")).json() == {}

    assert await listed(client, root) == []
    assert (await client.get(FILES)).json()["items"] == []
    assert failure(await client.delete(f"{ARTIFACTS}/{root}/d")) == MISSING
    assert failure(await client.get(f"{ARTIFACTS}/{root}/d")) == MISSING


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ("{root}/a/%2e%2e/b", INVALID),
        ("{root}/a/%252e%252e/b", INVALID),
        ("{root}/a/%25252e%25252e/b", INVALID),
        ("{root}/a%23b", INVALID),
        ("{root}/a%2523b", INVALID),
        ("{root}/%" + "25" * 20 + "41", INVALID),
        ("{root}/a//b", INVALID),
        ("{root}/%0A", INVALID),
        ("{root}", INVALID),
        ("a/b", MISSING),
        (f"{UNKNOWN}/{UNKNOWN}/artifacts/a", MISSING),
        (f"{UNKNOWN}/models/m-{UNKNOWN}/artifacts/a", MISSING),
    ],
)
async def test_path_leads_nowhere_else(
    client: AsyncClient, root: str, path: str, refused: tuple[int, str]
) -> None:
    response = await client.put(f"{ARTIFACTS}/{path.format(root=root)}", content=b"a")

    assert failure(response) == refused
    assert (await client.get(FILES)).json()["items"] == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a%20b", "a b"),
        ("a%2520b", "a b"),
        ("a%25252520b", "a b"),
        ("100%25", "100%"),
        ("a%253f", "a"),
        ("A%3Ab", "a:b"),
        ("b%2Fc", "b"),
        ("%255B", "["),
        ("dog%25step%25100%25timestamp%251795733%25g", "dog%step%100%timestamp%1795733%g"),
        ("a%2500%257f%01b", "a%00%7f%01b"),
    ],
)
async def test_path_is_what_the_client_reads_of_it(
    client: AsyncClient, root: str, sent: str, kept: str
) -> None:
    """It decodes a name until nothing changes, and lists no folder with one that it refuses."""
    await upload(client, f"{root}/{sent}", b"a")

    files = (await client.get(ARTIFACTS, params={"path": root})).json()["files"]

    assert [each["path"] for each in files] == [kept]
    assert (await client.get(f"{ARTIFACTS}/{root}/{sent}")).content == b"a"


async def test_upload_in_parts_is_refused_in_the_words_that_the_client_knows(
    client: AsyncClient, root: str
) -> None:
    response = await client.post(f"/api/2.0/mlflow-artifacts/mpu/create/{root}", json={})

    assert failure(response) == UNSUPPORTED
    assert response.json()["message"].startswith("Multipart upload is not supported")
    url = await client.get(f"/api/2.0/mlflow-artifacts/presigned/{root}/a")
    assert failure(url) == UNSUPPORTED


async def test_logged_model(client: AsyncClient) -> None:
    project = await experiment(client)
    created = await run(client, project)

    model_id = await logged_model(client, project, created)

    tags = [{"key": "a", "value": "b"}]
    await call(client, f"PATCH logged-models/{model_id}/tags", tags=tags)
    shown = (await call(client, f"GET logged-models/{model_id}"))["model"]
    assert shown["info"]["status"] == "LOGGED_MODEL_READY"
    assert shown["info"]["source_run_id"] == created
    assert shown["info"]["tags"] == tags
    run_ = (await call(client, "GET runs/get", **both(created)))["run"]
    assert run_["outputs"] == {"model_outputs": [{"model_id": model_id, "step": 0}]}
    path = f"logged-models/{model_id}/artifacts/directories"
    files = (await call(client, f"GET {path}"))["files"]
    assert [each["path"] for each in files] == ["MLmodel", "data"]
    files = (await call(client, f"GET {path}", artifact_directory_path="data"))["files"]
    assert [each["path"] for each in files] == ["data/model.skops"]
    await call(client, f"DELETE logged-models/{model_id}/tags/a")
    await call(client, f"DELETE logged-models/{model_id}")
    assert failure(await send(client, f"GET logged-models/{model_id}")) == MISSING


async def test_metric_belongs_to_the_run_and_to_its_model(client: AsyncClient) -> None:
    project = await experiment(client)
    created = await run(client, project)
    model_id = await logged_model(client, project, created)
    point = {"key": "acc", "value": 0.9, "timestamp": START, "step": 0}
    await call(client, "POST runs/log-metric", **both(created), **point)

    for _ in range(2):
        metrics = [point | {"model_id": model_id, "dataset_name": "iris", "dataset_digest": "1"}]
        await call(client, "POST runs/log-batch", run_id=created, metrics=metrics)

    shown = (await call(client, f"GET logged-models/{model_id}"))["model"]["data"]["metrics"]
    assert [(each["key"], each["value"], each["dataset_name"]) for each in shown] == [
        ("acc", 0.9, "iris")
    ]
    history = await call(client, "GET metrics/get-history", **both(created), metric_key="acc")
    assert len(history["metrics"]) == 1
    metrics[0]["model_id"] = f"m-{UNKNOWN}"
    refused = await send(client, "POST runs/log-batch", run_id=created, metrics=metrics)
    assert failure(refused) == MISSING


async def test_registered_model_is_a_model_with_versions(client: AsyncClient) -> None:
    model_id = await registered(client)

    (model,) = (await client.get("/api/v1/ml-models")).json()["items"]
    (version,) = (await client.get("/api/v1/model-versions")).json()["items"]
    assert (model["name"], model["task"]) == ("iris", "unknown")
    assert (version["ml_model_id"], version["number"]) == (model["id"], 1)
    manifest = [
        {"md5": md5(body, usedforsecurity=False).hexdigest(), "relpath": path}
        for path, body in [("MLmodel", b"flavors: {}"), ("data/model.skops", b"weights")]
    ]
    digest = md5(json.dumps(manifest).encode(), usedforsecurity=False).hexdigest()
    assert (version["checksum"], version["size_bytes"]) == (f"md5:{digest}", 18)
    shown = await call(client, "GET model-versions/get", name="iris", version="1")
    assert shown["model_version"]["source"] == f"models:/{model_id}"
    assert shown["model_version"]["run_id"] == version["experiment_id"].replace("-", "")
    uri = await call(client, "GET model-versions/get-download-uri", name="iris", version="1")
    assert uri["artifact_uri"].endswith(f"/models/{model_id}/artifacts")
    info = (await call(client, f"GET logged-models/{model_id}"))["model"]["info"]
    assert info["registrations"] == [{"name": "iris", "version": "1"}]


async def test_alias_is_that_of_the_other_view(client: AsyncClient) -> None:
    await registered(client)

    alias = {"name": "iris", "alias": "Champion_1"}
    await call(client, "POST registered-models/alias", **alias, version="1")

    (item,) = (await client.get("/api/v1/model-aliases")).json()["items"]
    assert item["name"] == "Champion_1"
    shown = await call(client, "GET registered-models/alias", **alias)
    assert shown["model_version"]["aliases"] == ["Champion_1"]
    model = (await call(client, "GET registered-models/get", name="iris"))["registered_model"]
    assert model["aliases"] == [{"alias": "Champion_1", "version": "1"}]
    await call(client, "DELETE registered-models/alias", **alias)
    assert failure(await send(client, "GET registered-models/alias", **alias)) == MISSING
    for reserved in ("latest", "LATEST", "v1", "V10", "a b"):
        message = {"name": "iris", "alias": reserved, "version": "1"}
        assert failure(await send(client, "POST registered-models/alias", **message)) == INVALID


async def test_stage_is_that_of_the_other_view(client: AsyncClient) -> None:
    model_id = await registered(client)
    again = {"name": "iris", "source": f"models:/{model_id}"}
    await call(client, "POST model-versions/create", **again)
    for version in ("1", "2"):
        message = {"name": "iris", "version": version}
        await call(
            client,
            "POST model-versions/transition-stage",
            **message,
            stage="Production",
            archive_existing_versions=True,
        )

    items = (await client.get("/api/v1/model-versions")).json()["items"]
    assert {each["number"]: each["stage"] for each in items} == {1: "archived", 2: "production"}
    latest = await call(
        client, "POST registered-models/get-latest-versions", name="iris", stages=["production"]
    )
    assert [each["version"] for each in latest["model_versions"]] == ["2"]
    for stage in ("Nowhere", "None", "Archived"):
        to = {"stage": stage, "archive_existing_versions": True}
        refused = await send(client, "POST model-versions/transition-stage", **message, **to)
        assert failure(refused) == INVALID


async def test_texts_and_tags_of_models_and_versions(client: AsyncClient) -> None:
    await registered(client)
    version = {"name": "iris", "version": "1"}
    tag = {"key": "a", "value": "b"}

    await call(client, "PATCH registered-models/update", name="iris", description="about")
    await call(client, "PATCH model-versions/update", **version, description="first")
    await call(client, "POST registered-models/set-tag", name="iris", **tag)
    await call(client, "POST model-versions/set-tag", **version, **tag)

    found = await call(client, "GET registered-models/search", filter="tags.a = 'b'")
    (model,) = found["registered_models"]
    assert (model["description"], model["tags"]) == ("about", [tag])
    (shown,) = model["latest_versions"]
    assert (shown["description"], shown["tags"]) == ("first", [tag])
    (item,) = (await client.get("/api/v1/ml-models")).json()["items"]
    assert item["description"] == "about"
    for _ in range(2):  # no tag is needed
        await call(client, "DELETE registered-models/delete-tag", name="iris", key="a")
        await call(client, "DELETE model-versions/delete-tag", **version, key="a")
    model = (await call(client, "GET registered-models/get", name="iris"))["registered_model"]
    assert (model["tags"], model["latest_versions"][0]["tags"]) == ([], [])


@pytest.mark.parametrize("name", ["a/b", "a:b", ".", "..", "../a", "a" * 257])
async def test_names_that_no_uri_can_have_are_refused(client: AsyncClient, name: str) -> None:
    project = await experiment(client)
    await call(client, "POST registered-models/create", name="iris")

    for path, message in (
        ("registered-models/create", {"name": name}),
        ("registered-models/rename", {"name": "iris", "new_name": name}),
        ("logged-models", {"name": name * 2, "experiment_id": project}),
    ):
        assert failure(await send(client, f"POST {path}", **message)) == INVALID


async def test_prompt_leaves_nothing(client: AsyncClient) -> None:
    tags = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]

    refused = await send(client, "POST registered-models/create", name="hello", tags=tags)

    assert failure(refused) == UNSUPPORTED
    assert (await client.get("/api/v1/ml-models")).json()["items"] == []


async def test_logged_model_has_all_of_its_metrics(client: AsyncClient) -> None:
    model_id = await registered(client)
    info = (await call(client, f"GET logged-models/{model_id}"))["model"]["info"]
    run_id = info["source_run_id"]
    for step, value in enumerate((0.5, 0.7, "Infinity", "NaN")):
        point = {"key": "acc", "value": value, "timestamp": START + step, "step": step}
        await call(client, "POST runs/log-metric", **both(run_id), **point, model_id=model_id)

    shown = (await call(client, f"GET logged-models/{model_id}"))["model"]["data"]["metrics"]
    found = {
        filter_: len((await call(client, "POST logged-models/search", **message))["models"])
        for filter_ in ("metrics.acc < 0.6", "metrics.acc > 1e300", "metrics.acc < 0")
        for message in [{"experiment_ids": [info["experiment_id"]], "filter": filter_}]
    }

    assert [each["value"] for each in shown] == [0.5, 0.7, LARGEST, "NaN"]
    assert found == {"metrics.acc < 0.6": 1, "metrics.acc > 1e300": 1, "metrics.acc < 0": 0}


async def test_model_is_renamed_and_deleted_with_its_versions(client: AsyncClient) -> None:
    await registered(client)
    await call(client, "POST registered-models/alias", name="iris", alias="a", version="1")

    await call(client, "POST registered-models/rename", name="iris", new_name="flowers")
    await call(client, "DELETE registered-models/delete", name="flowers")

    for path in ("ml-models", "model-versions", "model-aliases"):
        assert (await client.get(f"/api/v1/{path}")).json()["items"] == []
    assert failure(await send(client, "GET registered-models/get", name="flowers")) == MISSING


async def test_version_is_deleted_with_its_aliases(client: AsyncClient) -> None:
    await registered(client)
    await call(client, "POST registered-models/alias", name="iris", alias="a", version="1")

    await call(client, "DELETE model-versions/delete", name="iris", version="1")

    assert (await client.get("/api/v1/model-versions")).json()["items"] == []
    for version in ("1", "x", "9" * 20):
        found = await send(client, "GET model-versions/get", name="iris", version=version)
        assert failure(found) == MISSING


async def age_registry(database: Database) -> None:
    """Let all models and versions be a day old."""
    yesterday = utc_now() - timedelta(days=1)
    async with database.writing() as session:
        for table in (MlModel, ModelVersion):
            old = {"created_at": yesterday, "updated_at": yesterday}
            await session.exec(update(table).values(**old))


@pytest.mark.parametrize(
    ("call_", "message", "changed"),
    [
        ("POST model-versions/create", {"name": "iris"}, "model"),
        ("PATCH model-versions/update", {"description": "new"}, "version"),
        ("POST model-versions/transition-stage", {"stage": "Staging"}, "model version"),
        ("DELETE model-versions/delete", {}, "model"),
        ("PATCH registered-models/update", {"description": "new"}, "model"),
        ("GET model-versions/get", {}, ""),
    ],
)
async def test_versions_change_their_model(
    client: AsyncClient, database: Database, call_: str, message: Json, changed: str
) -> None:
    model_id = await registered(client)
    message = {"source": f"models:/{model_id}"} if "create" in call_ else {"version": "1"} | message
    await age_registry(database)
    now = int(utc_now().timestamp() * 1000)

    await call(client, call_, **{"name": "iris"} | message)

    filter_ = f"last_updated_timestamp >= {now}"
    found = await call(client, "GET registered-models/search", filter=filter_)
    model = (await call(client, "GET registered-models/get", name="iris"))["registered_model"]
    assert (model["last_updated_timestamp"] >= now) is ("model" in changed)
    assert len(found["registered_models"]) == ("model" in changed)
    assert model["creation_timestamp"] < now
    if "version" in changed:
        (version,) = model["latest_versions"]
        assert version["last_updated_timestamp"] >= now
        (item,) = (await client.get("/api/v1/model-versions")).json()["items"]
        assert item["version"] == 2


async def test_models_whose_versions_changed_are_found_in_that_order(
    client: AsyncClient, database: Database
) -> None:
    model_id = await registered(client, "b")
    await call(client, "POST registered-models/create", name="a")
    await age_registry(database)
    await call(client, "POST model-versions/create", name="b", source=f"models:/{model_id}")

    order = ["last_updated_timestamp DESC"]
    found = await call(client, "GET registered-models/search", order_by=order)

    assert [each["name"] for each in found["registered_models"]] == ["b", "a"]


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ([], ["b 2", "a 2", "a 1", "b 1"]),
        (["version_number DESC"], ["a 2", "b 2", "a 1", "b 1"]),
        (["creation_timestamp ASC"], ["a 2", "a 1", "b 2", "b 1"]),
        (["name DESC"], ["b 2", "b 1", "a 2", "a 1"]),
    ],
)
async def test_versions_that_an_order_does_not_tell_apart(
    client: AsyncClient, database: Database, order: list[str], found: list[str]
) -> None:
    """Names go up and numbers down, as at MLflow's server, whenever a version has changed."""
    source = f"models:/{await registered(client, 'b')}"
    await call(client, "POST registered-models/create", name="a")
    for name in ("a", "a", "b"):
        await call(client, "POST model-versions/create", name=name, source=source)
    await age_registry(database)
    message = {"name": "b", "version": "2", "description": "new"}
    await call(client, "PATCH model-versions/update", **message)

    answer = await call(client, "GET model-versions/search", order_by=order)

    shown = [f"{each['name']} {each['version']}" for each in answer["model_versions"]]
    assert shown == found


async def test_name_of_a_model_is_taken(client: AsyncClient) -> None:
    await registered(client)

    taken = await send(client, "POST registered-models/create", name="iris")

    assert failure(taken) == (400, "RESOURCE_ALREADY_EXISTS")


async def test_no_two_models_have_a_name(client: AsyncClient) -> None:
    """MLflow knows no projects: a model could not be found behind an older one of its name."""
    others = {"project_id": await experiment(client, "other"), "task": "a"}
    await client.post("/api/v1/ml-models", json=others | {"name": "iris"})
    await call(client, "POST registered-models/create", name="b")
    names = {"name": "b", "new_name": "iris"}

    taken = [
        await send(client, "POST registered-models/create", name="iris"),
        await send(client, "POST registered-models/rename", **names),
    ]

    assert [failure(each) for each in taken] == [(400, "RESOURCE_ALREADY_EXISTS")] * 2
    await call(client, "POST registered-models/rename", name="b", new_name="b")
    items = (await client.get("/api/v1/ml-models")).json()["items"]
    assert sorted(each["name"] for each in items) == ["b", "iris"]


async def test_oldest_model_of_a_name_has_the_versions(client: AsyncClient) -> None:
    stored = {"checksum": f"md5:{'0' * 32}", "size_bytes": 1}
    for project in ("first", "second"):
        model = {"project_id": await experiment(client, project), "name": "iris", "task": "a"}
        created = (await client.post("/api/v1/ml-models", json=model)).json()
        version = {"ml_model_id": created["id"], "storage_uri": f"s3://{project}/iris"} | stored
        await client.post("/api/v1/model-versions", json=version)

    found = await call(client, "GET model-versions/search", filter="name = 'iris'")
    shown = await call(client, "GET model-versions/get", name="iris", version="1")

    assert found["model_versions"] == [shown["model_version"]]
    assert shown["model_version"]["source"] == "s3://first/iris"


async def test_sources_of_versions(client: AsyncClient, root: str) -> None:
    _, run_id, _ = root.split("/")
    await upload(client, f"{root}/model/MLmodel")
    await call(client, "POST registered-models/create", name="iris")
    sources = [f"runs:/{run_id}/model", f"mlflow-artifacts:/{root}/model", "models:/iris/1"]

    for source in sources:
        await call(client, "POST model-versions/create", name="iris", source=source)

    items = (await client.get("/api/v1/model-versions")).json()["items"]
    assert len({each["storage_uri"] for each in items}) == 1
    assert {each["experiment_id"].replace("-", "") for each in items} == {run_id}
    for source in ("s3://bucket/model", "/etc/passwd", f"runs:/{run_id}/nothing", "models:/x"):
        message = {"name": "iris", "source": source}
        assert failure(await send(client, "POST model-versions/create", **message)) == INVALID


async def test_source_is_that_of_the_logged_model(client: AsyncClient) -> None:
    project = await experiment(client)
    created = await run(client, project)
    one, other = [await logged_model(client, project, created) for _ in range(2)]
    await upload(client, f"{project}/{created}/artifacts/model/MLmodel")
    await call(client, "POST registered-models/create", name="iris")
    message = {"name": "iris", "model_id": one}

    sources = (f"models:/{one}", f"mlflow-artifacts:/{project}/models/{one}/artifacts")
    for source in sources:
        shown = await call(client, "POST model-versions/create", **message, source=source)
        assert shown["model_version"]["model_id"] == one
    for source in (f"models:/{other}", f"runs:/{created}/model"):
        refused = await send(client, "POST model-versions/create", **message, source=source)
        assert failure(refused) == INVALID


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/api/3.0/mlflow/traces/search", "traces"),
        ("GET", "/api/2.0/mlflow/gateway/secrets/list", "gateway"),
        ("POST", f"{CALLS}/webhooks/{UNKNOWN}/test", "webhooks"),
        ("GET", "/api/3.0/mlflow/mcp-servers/a", "mcp-servers"),
        ("POST", f"{CALLS}/artifacts/presigned-upload-url", "artifacts/presigned-upload-url"),
        ("POST", f"{CALLS}/runs/log-model", "runs/log-model"),
        ("POST", f"{CALLS}/planted", "this name"),
        ("DELETE", f"{CALLS}/runs/create", "this name"),
    ],
)
async def test_other_calls_are_refused_by_name(
    client: AsyncClient, method: str, path: str, name: str
) -> None:
    response = await client.request(method, path)

    assert failure(response) == UNSUPPORTED
    assert response.json()["message"] == f"This service does not support calls of {name}."
