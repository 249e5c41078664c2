"""Every bound of MLflow's calls, reached."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from src.models.json_types import NAMES, TAGS
from src.schemas import mlflow_base, mlflow_history, mlflow_logged, mlflow_runs, mlflow_tracking
from src.services import (
    mlflow_artifacts,
    mlflow_inputs,
    mlflow_logged_rows,
    mlflow_logged_search,
    mlflow_places,
    mlflow_run_answers,
    mlflow_run_parts,
)
from tests.integration.test_mlflow import INVALID
from tests.mlflow import (
    ARTIFACTS,
    CALLS,
    START,
    both,
    call,
    data_of,
    experiment,
    failure,
    history,
    logged_model,
    registered,
    run,
    send,
    upload,
)

POINT = {"key": "a", "value": 1.0, "timestamp": START}
PARAM = {"key": "a", "value": "b"}


async def refused(client: AsyncClient, name: str, /, **message: Any) -> str:
    response = await send(client, name, **message)
    assert failure(response) == INVALID
    told: str = response.json()["message"]
    return told


@pytest.fixture
async def created(client: AsyncClient) -> str:
    return await run(client, await experiment(client))


@pytest.mark.parametrize(
    ("field", "most", "of"),
    [
        ("metrics", mlflow_base.IN_BATCH, POINT),
        ("params", mlflow_base.NAMED_IN_BATCH, PARAM),
        ("tags", mlflow_base.NAMED_IN_BATCH, PARAM),
    ],
)
async def test_batch_has_bounds(
    client: AsyncClient, created: str, field: str, most: int, of: dict[str, object]
) -> None:
    entries = [of | {"key": f"a{n}"} for n in range(most + 1)]

    await call(client, "POST runs/log-batch", run_id=created, **{field: entries[:most]})

    assert field in await refused(client, "POST runs/log-batch", run_id=created, **{field: entries})


async def test_bytes_of_a_batch_are_bounded(client: AsyncClient, created: str) -> None:
    tags = [{"key": f"{n}", "value": "x" * 8000} for n in range(126)]

    response = await send(client, "POST runs/log-batch", run_id=created, tags=tags)

    assert failure(response) == (413, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("call_", "most"),
    [
        ("runs/log-inputs", mlflow_runs.DATASET_BYTES),
        ("logged-models", mlflow_logged.PARAMS_BYTES),
    ],
)
async def test_bytes_of_larger_requests_are_bounded(
    client: AsyncClient, call_: str, most: int
) -> None:
    statuses = [
        (await client.post(f"{CALLS}/{call_}", content=b" " * size)).status_code
        for size in (most, most + 1)
    ]

    assert statuses == [400, 413]


@pytest.mark.parametrize(
    ("call_", "message"),
    [
        ("log-metric", POINT | {"key": "k" * 251}),
        ("log-metric", POINT | {"key": "a/../b"}),
        ("log-metric", POINT | {"key": "/a"}),
        ("log-metric", POINT | {"key": "a;b"}),
        ("log-metric", POINT | {"key": ""}),
        ("log-metric", POINT | {"step": 2**53}),
        ("log-metric", POINT | {"timestamp": 2**60}),
        ("log-metric", POINT | {"timestamp": -1}),
        ("log-metric", POINT | {"value": None}),
        ("log-parameter", PARAM | {"value": "a\x00b"}),
        ("log-batch", {"params": [PARAM, PARAM]}),
        ("log-batch", {"metrics": [POINT] * 1000, "params": [PARAM]}),
        ("update", {"status": "PLANTED"}),
    ],
)
async def test_names_and_values_have_sizes(
    client: AsyncClient, created: str, call_: str, message: dict[str, object]
) -> None:
    told = await refused(client, f"POST runs/{call_}", **both(created), **message)

    assert "PLANTED" not in told


async def test_longest_names_and_values_fit(client: AsyncClient, created: str) -> None:
    key = "k" * 250
    metric = POINT | {"key": key, "step": -(2**53) + 1}
    message = {"metrics": [metric], "params": [{"key": key, "value": "x" * 6000}]}
    tags = [{"key": key, "value": "x" * 8000}]

    await call(client, "POST runs/log-batch", run_id=created, **message, tags=tags)

    assert await history(client, created, key) == [(-(2**53) + 1, 1.0)]
    data = await data_of(client, created)
    assert (data["params"][key], data["tags"][key]) == ("x" * 6000, "x" * 8000)


async def test_longer_values_of_a_run_are_cut(client: AsyncClient) -> None:
    name, value = "n" * 300, "x" * 9000
    project = await experiment(client)
    created = await run(client, project, run_name=name, tags=[{"key": "a", "value": value}])
    other = await run(client, project, tags=[{"key": "mlflow.runName", "value": name}])
    named = {"tags": [{"key": "b", "value": value}], "params": [{"key": "p", "value": value}]}

    for _ in range(2):  # the same parameter once more is no other value
        await call(client, "POST runs/log-batch", run_id=created, **named)
    await call(client, "POST runs/update", **both(other), run_name=name + "m")

    data = await data_of(client, created)
    assert data["tags"]["a"] == data["tags"]["b"] == "x" * 8000
    assert data["params"]["p"] == "x" * 6000
    for each in (created, other):
        shown = await call(client, "GET runs/get", **both(each))
        assert shown["run"]["info"]["run_name"] == "n" * 250


async def test_longest_values_of_what_is_no_run_are_kept(client: AsyncClient) -> None:
    """They fit into 65,536 bytes of JSON with their keys."""
    longest = [{"key": "a", "value": "x" * 65_000}]
    message = {"tags": longest, "name": "digits"}
    project = (await call(client, "POST experiments/create", **message))["experiment_id"]
    await call(client, "POST registered-models/create", **message)
    of_model = message | {"params": longest, "experiment_id": project}
    logged = (await call(client, "POST logged-models", **of_model))["model"]

    shown = await call(client, "GET experiments/get", experiment_id=project)
    model = await call(client, "GET registered-models/get", name="digits")

    kept = [logged["info"]["tags"], logged["data"]["params"], shown["experiment"]["tags"]]
    assert [*kept, model["registered_model"]["tags"]] == [longest] * 4


@pytest.mark.parametrize("name", [" ", "a\nb", "\tb", "\u200b", "\u202ea", "a  b "])
async def test_name_of_a_run_may_be_any_text(client: AsyncClient, name: str) -> None:
    created = await run(client, await experiment(client), run_name=name)

    await call(client, "POST runs/set-tag", **both(created), key="mlflow.runName", value="")

    shown = await call(client, "GET runs/get", **both(created))
    assert shown["run"]["info"]["run_name"] == name
    assert (await client.get(f"/api/v1/experiments/{UUID(created)}")).status_code == 200


async def test_longest_names_are_those_of_both_views(client: AsyncClient) -> None:
    project = await experiment(client, "n" * 500)
    created = await run(client, project, run_name="r" * 250)
    await call(client, "POST registered-models/create", name="m" * 256)

    shown = await client.get(f"/api/v1/experiments/{UUID(created)}")
    assert shown.json()["name"] == "r" * 250
    assert shown.json()["project_id"] == f"{UUID(project)}"
    for name, longer in (
        ("experiments/create", "n" * 501),
        ("registered-models/create", "m" * 257),
    ):
        assert "at most" in await refused(client, f"POST {name}", name=longer)


@pytest.mark.parametrize(("field", "most"), [("params", NAMES), ("tags", TAGS)])
async def test_names_of_a_run_are_bounded(
    client: AsyncClient, created: str, field: str, most: int
) -> None:
    step = mlflow_base.NAMED_IN_BATCH
    for start in range(0, most, step):
        entries = [{"key": f"{n}", "value": "a"} for n in range(start, start + step)]
        await call(client, "POST runs/log-batch", run_id=created, **{field: entries})

    assert "at most" in await refused(
        client, "POST runs/log-batch", run_id=created, **{field: [PARAM]}
    )


async def test_bytes_of_parameters_are_bounded(client: AsyncClient, created: str) -> None:
    params = [{"key": f"{n}", "value": "x" * 6000} for n in range(11)]

    assert "65536 bytes" in await refused(
        client, "POST runs/log-batch", run_id=created, params=params
    )


@pytest.mark.parametrize(
    ("call_", "message"),
    [
        ("runs/search", {"experiment_ids": ["0"] * (mlflow_tracking.EXPERIMENTS + 1)}),
        ("runs/search", {"filter": " " * (mlflow_base.FILTER_CHARACTERS + 1)}),
        ("runs/search", {"order_by": ["start_time"] * (mlflow_base.ORDERS + 1)}),
        ("runs/search", {"max_results": mlflow_base.ASKED + 1}),
        ("runs/search", {"max_results": 0}),
        ("runs/search", {"page_token": str(mlflow_base.OFFSET + 1)}),
        ("logged-models/search", {"page_token": str(mlflow_base.OFFSET)}),
        ("logged-models/search", {"datasets": [{}] * (mlflow_base.ORDERS + 1)}),
        ("logged-models/search", {"order_by": [{"field_name": "a"}] * (mlflow_base.ORDERS + 1)}),
    ],
)
async def test_searches_are_bounded(
    client: AsyncClient, call_: str, message: dict[str, object]
) -> None:
    await refused(client, f"POST {call_}", **message)


async def test_histories_of_many_runs_are_bounded(client: AsyncClient, created: str) -> None:
    ids = [created] * (mlflow_history.RUNS + 1)
    name, key = "GET metrics/get-history-bulk-interval", {"metric_key": "a"}

    await call(client, name, run_ids=ids[1:], **key)

    assert "run_ids" in await refused(client, name, run_ids=ids, **key)
    for other in (
        {"max_results": mlflow_history.POINTS + 1},
        {"start_step": 1},
        {"start_step": 1, "end_step": 0},
    ):
        await refused(client, name, run_ids=ids[1:], **key, **other)


async def test_page_is_no_larger_than_ours(
    client: AsyncClient, created: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("src.services.mlflow_search.PAGE_OF_RUNS", 1)
    monkeypatch.setattr("src.services.mlflow_history.MOST", 1)
    await experiment(client, "second")
    for value in (1.0, 2.0):
        await call(client, "POST runs/log-metric", **both(created), **POINT | {"value": value})

    found = await call(client, "POST experiments/search", max_results=50_000)
    points = await call(client, "GET metrics/get-history", **both(created), metric_key="a")

    assert (len(found["experiments"]), found["next_page_token"]) == (1, "1")
    assert (len(points["metrics"]), points["next_page_token"]) == (1, "1")


@pytest.mark.parametrize("length", [1, 2])
async def test_long_pages_end_early(
    client: AsyncClient, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row has 54 characters of JSON, or a few more."""
    monkeypatch.setattr("src.services.mlflow_search.SHORT", 1)
    monkeypatch.setattr("src.services.mlflow_search.LENGTH", length * 75)
    tags = [{"key": "a", "value": "b" * 45}]
    model_id = await registered(client, "first")
    version = {"name": "first", "source": f"models:/{model_id}", "tags": tags}
    for number in range(3):
        await run(client, "0", tags=tags)
        await call(client, "POST experiments/create", name=f"e{number}", tags=tags)
        await call(client, "POST registered-models/create", name=f"m{number}", tags=tags)
        await call(client, "POST model-versions/create", **version)

    for name, rows, message in (
        ("POST runs/search", "runs", {"experiment_ids": ["0"]}),
        ("POST experiments/search", "experiments", {"filter": "name LIKE 'e%'"}),
        ("GET registered-models/search", "registered_models", {"filter": "name LIKE 'm%'"}),
        ("GET model-versions/search", "model_versions", {"filter": "tags.a LIKE 'b%'"}),
    ):
        counts = list[int]()
        token: str | None = ""
        while token is not None:
            page = await call(client, name, max_results=1000, page_token=token, **message)
            counts.append(len(page[rows]))
            token = page.get("next_page_token")
        assert counts == ([1, 1, 1] if length == 1 else [2, 1]), name


@pytest.mark.parametrize(
    ("call_", "field", "of"),
    [
        ("log-inputs", "datasets", {"dataset": {"name": "a", "digest": "b"}}),
        ("log-inputs", "models", {"model_id": "m"}),
        ("outputs", "models", {"model_id": "m"}),
    ],
)
async def test_inputs_and_outputs_are_bounded(
    client: AsyncClient, created: str, call_: str, field: str, of: dict[str, object]
) -> None:
    message = {field: [of] * (mlflow_runs.DATASETS + 1)}

    assert field in await refused(client, f"POST runs/{call_}", run_id=created, **message)


async def test_data_sets_and_models_of_a_run_are_counted(
    client: AsyncClient, created: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mlflow_inputs, "DATASETS", 2)
    monkeypatch.setattr(mlflow_inputs, "USES", 1)
    datasets = [{"dataset": {"name": f"{n}", "digest": "b"}} for n in range(3)]
    project = await experiment(client, "models")
    models = [
        {"model_id": await logged_model(client, project, await run(client, project)), "step": 0}
        for _ in range(2)
    ]

    await call(client, "POST runs/log-inputs", run_id=created, datasets=datasets[:2])
    await call(client, "POST runs/outputs", run_id=created, models=models[:1])

    await refused(client, "POST runs/log-inputs", run_id=created, datasets=datasets[2:])
    await refused(client, "POST runs/outputs", run_id=created, models=models[1:])
    tags = [{"key": f"{n}", "value": "a"} for n in range(mlflow_runs.TAGS_OF_INPUT + 1)]
    datasets[0]["tags"] = tags  # type: ignore[assignment]  # as JSON has them
    await refused(client, "POST runs/log-inputs", run_id=created, datasets=datasets[:1])


async def test_answers_with_runs_are_bounded(
    client: AsyncClient, created: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mlflow_run_answers, "METRICS", 1)
    monkeypatch.setattr(mlflow_run_parts, "PARTS", 1)
    monkeypatch.setattr(mlflow_inputs, "SUMMARIES", 1)
    datasets = [{"dataset": {"name": f"{n}", "digest": "b", "source": "c"}} for n in range(2)]
    await call(client, "POST runs/log-inputs", run_id=created, datasets=datasets)
    metrics = [POINT | {"key": f"a{n}"} for n in range(2)]
    await call(client, "POST runs/log-batch", run_id=created, metrics=metrics)

    whole = (await call(client, "GET runs/get", **both(created)))["run"]
    project = whole["info"]["experiment_id"]
    (found,) = (await call(client, "POST runs/search", experiment_ids=[project]))["runs"]

    assert len(whole["data"]["metrics"]) == 1
    (shown,) = whole["inputs"]["dataset_inputs"]
    assert shown["dataset"]["source"] == "c"
    assert found["inputs"]["dataset_inputs"][0]["dataset"]["source"] == ""
    summaries = await call(client, "POST experiments/search-datasets", experiment_ids=[project])
    assert len(summaries["dataset_summaries"]) == 1


async def test_answers_with_logged_models_are_bounded(
    client: AsyncClient, created: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mlflow_logged_rows, "METRICS", 1)
    monkeypatch.setattr(mlflow_logged_search, "MODELS", 1)
    project = await experiment(client, "models")
    ids = [await logged_model(client, project, created) for _ in range(2)]
    metrics = [POINT | {"key": f"a{n}", "model_id": ids[1]} for n in range(2)]
    await call(client, "POST runs/log-batch", run_id=created, metrics=metrics)

    page = await call(client, "POST logged-models/search", experiment_ids=[project])

    assert [each["info"]["model_id"] for each in page["models"]] == [ids[1]]
    assert len(page["models"][0]["data"]["metrics"]) == 1
    token = {"page_token": page["next_page_token"]}
    page = await call(client, "POST logged-models/search", experiment_ids=[project], **token)
    assert [each["info"]["model_id"] for each in page["models"]] == [ids[0]]


async def test_parameters_of_a_logged_model_are_bounded(client: AsyncClient) -> None:
    message = {"experiment_id": "0", "name": "a"}
    params = [{"key": f"{n}", "value": "a"} for n in range(mlflow_logged.PARAMS + 1)]

    await call(client, "POST logged-models", **message, params=params[:-1])

    assert "params" in await refused(client, "POST logged-models", **message, params=params)


async def test_artefacts_of_a_run_are_counted(
    client: AsyncClient, created: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mlflow_artifacts, "ARTIFACTS", 2)
    run_ = (await call(client, "GET runs/get", **both(created)))["run"]["info"]
    root = run_["artifact_uri"].removeprefix("mlflow-artifacts:/")
    for name in ("a", "b", "b"):
        await upload(client, f"{root}/{name}")

    response = await client.put(f"{ARTIFACTS}/{root}/c", content=b"a")

    assert failure(response) == (409, "RESOURCE_CONFLICT")


@pytest.mark.parametrize("length", [mlflow_places.PATH, mlflow_places.PATH + 1])
async def test_path_of_an_artefact_is_bounded(
    client: AsyncClient, created: str, length: int
) -> None:
    run_ = (await call(client, "GET runs/get", **both(created)))["run"]["info"]
    root = run_["artifact_uri"].removeprefix("mlflow-artifacts:/")
    path = f"{'a' * 249}/{'b' * (length - 250)}"

    response = await client.put(f"{ARTIFACTS}/{root}/{path}", content=b"a")

    assert response.status_code == (200 if length == mlflow_places.PATH else 400)


async def test_points_logged_at_once_all_find_a_step(concurrent_client: AsyncClient) -> None:
    client = concurrent_client
    created = await run(client, await experiment(client))

    await asyncio.gather(
        *(
            call(client, "POST runs/log-metric", **both(created), **POINT | {"value": float(n)})
            for n in range(20)
        )
    )

    found = await history(client, created, "a")
    assert sorted(value for _, value in found) == [float(n) for n in range(20)]


async def test_first_runs_at_once_share_the_default_project(
    concurrent_client: AsyncClient,
) -> None:
    await asyncio.gather(*(run(concurrent_client, "0", run_name="same") for _ in range(5)))

    (project,) = (await concurrent_client.get("/api/v1/projects")).json()["items"]
    items = (await concurrent_client.get("/api/v1/experiments")).json()["items"]
    assert (project["name"], len(items)) == ("Default", 5)
