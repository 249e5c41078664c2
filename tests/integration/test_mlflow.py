"""Experiments and runs as MLflow's client has them, seen by both views."""

import json
from datetime import datetime
from uuid import UUID

import pytest
from httpx import AsyncClient

from tests.mlflow import (
    START,
    UNKNOWN,
    both,
    call,
    data_of,
    experiment,
    failure,
    history,
    log,
    run,
    search,
    send,
)

MISSING = (404, "RESOURCE_DOES_NOT_EXIST")
INVALID = (400, "INVALID_PARAMETER_VALUE")


async def test_experiment_is_a_project(client: AsyncClient) -> None:
    missing = await send(client, "GET experiments/get-by-name", experiment_name="digits")
    created = await experiment(client)

    assert failure(missing) == MISSING
    found = await call(client, "GET experiments/get-by-name", experiment_name="digits")
    assert found == await call(client, "GET experiments/get", experiment_id=created)
    assert found["experiment"]["artifact_location"] == f"mlflow-artifacts:/{created}"
    (project,) = (await client.get("/api/v1/projects")).json()["items"]
    assert project["id"].replace("-", "") == created
    assert project["name"] == "digits"


async def test_project_is_an_experiment(client: AsyncClient) -> None:
    project = (await client.post("/api/v1/projects", json={"name": "digits"})).json()

    found = await call(client, "POST experiments/search", max_results=1000, view_type="ACTIVE_ONLY")

    assert [each["experiment_id"] for each in found["experiments"]] == [
        project["id"].replace("-", ""),
        "0",
    ]


async def test_default_experiment_is_there_from_the_beginning(client: AsyncClient) -> None:
    """MLflow's first tutorial looks for it before anything else."""
    first = await call(client, "POST experiments/search")
    named = await call(client, "GET experiments/get-by-name", experiment_name="Default")
    shown = await call(client, "GET experiments/get", experiment_id="0")

    assert first["experiments"] == [named["experiment"]] == [shown["experiment"]]
    assert (await client.get("/api/v1/projects")).json()["items"] == []
    assert (shown["experiment"]["name"], shown["experiment"]["experiment_id"]) == ("Default", "0")
    project = await experiment(client)
    pages = [await call(client, "POST experiments/search", max_results=1)]
    pages.append(
        await call(
            client, "GET experiments/search", max_results=1, page_token=pages[0]["next_page_token"]
        )
    )
    ids = [[each["experiment_id"] for each in page["experiments"]] for page in pages]
    assert (ids, "next_page_token" in pages[1]) == ([[project], ["0"]], False)
    tag = {"experiment_id": "0", "key": "team", "value": "a"}
    await call(client, "POST experiments/set-experiment-tag", **tag)
    found = (await call(client, "POST experiments/search", order_by=["name"]))["experiments"]
    assert [each["name"] for each in found] == ["Default", "digits"]
    assert found[0]["tags"] == [{"key": "team", "value": "a"}]
    assert found[0] == (await call(client, "GET experiments/get", experiment_id="0"))["experiment"]


@pytest.mark.parametrize("name", ["digits", "Default"])
async def test_archived_project_is_a_deleted_experiment(client: AsyncClient, name: str) -> None:
    created = await experiment(client, name)
    experiment_id = "0" if name == "Default" else created

    await call(client, "POST experiments/delete", experiment_id=created)

    (project,) = (await client.get("/api/v1/projects")).json()["items"]
    assert project["status"] == "archived"
    by_name = {"filter": f"name = '{name}'"}
    assert (await call(client, "POST experiments/search", **by_name))["experiments"] == []
    for path in ("runs/create", "logged-models"):
        refused = await send(client, f"POST {path}", experiment_id=experiment_id)
        assert failure(refused) == INVALID
    await call(client, "POST experiments/restore", experiment_id=experiment_id)
    assert len((await call(client, "POST experiments/search", **by_name))["experiments"]) == 1


async def test_runs_of_a_deleted_experiment_are_deleted(client: AsyncClient) -> None:
    project = await experiment(client)
    created = await run(client, project, run_name="a")
    of_others = await experiment(client, "other")
    await run(client, of_others, run_name="b")
    await call(client, "POST experiments/delete", experiment_id=project)

    stage = (await call(client, "GET runs/get", **both(created)))["run"]["info"]["lifecycle_stage"]
    logged = await send(client, "POST runs/log-parameter", **both(created), key="a", value="b")

    assert (stage, failure(logged)) == ("deleted", INVALID)
    assert await search(client, project, "") == []
    assert await search(client, project, "", run_view_type="DELETED_ONLY") == ["a"]
    assert await search(client, of_others, "") == ["b"]
    await call(client, "POST experiments/restore", experiment_id=project)
    assert await search(client, project, "") == ["a"]


@pytest.mark.parametrize("name", [" digits", "digits ", "\tdigits\n"])
async def test_names_are_found_as_they_were_given(client: AsyncClient, name: str) -> None:
    project = await experiment(client, name)
    await call(client, "POST registered-models/create", name=name)

    found = await call(client, "GET experiments/get-by-name", experiment_name=name)
    model = await call(client, "GET registered-models/get", name=name)

    assert found["experiment"]["experiment_id"] == project
    assert model["registered_model"]["name"] == "digits"


async def test_artefacts_are_nowhere_else(client: AsyncClient) -> None:
    message = {"name": "digits", "artifact_location": "s3://planted/a"}

    refused = await send(client, "POST experiments/create", **message)

    assert failure(refused) == (501, "NOT_IMPLEMENTED")
    assert "planted" not in refused.text
    assert (await client.get("/api/v1/projects")).json()["items"] == []
    await call(client, "POST experiments/create", **message | {"artifact_location": ""})


async def test_tags_of_an_experiment(client: AsyncClient) -> None:
    created = await experiment(client)

    for value in ("a", "b"):
        tag = {"key": "team", "value": value}
        await call(client, "POST experiments/set-experiment-tag", experiment_id=created, **tag)

    found = await call(client, "POST experiments/search", filter="tags.team = 'b'")
    assert found["experiments"][0]["tags"] == [{"key": "team", "value": "b"}]
    tag = {"experiment_id": created, "key": "team"}
    await call(client, "POST experiments/delete-experiment-tag", **tag)
    assert failure(await send(client, "POST experiments/delete-experiment-tag", **tag)) == MISSING


async def test_first_run_makes_the_default_project(client: AsyncClient) -> None:
    first, second = await run(client, "0"), await run(client, "0")

    (project,) = (await client.get("/api/v1/projects")).json()["items"]
    assert project["name"] == "Default"
    items = (await client.get("/api/v1/experiments")).json()["items"]
    assert {each["id"].replace("-", "") for each in items} == {first, second}


async def test_what_a_run_logs_is_there_in_both_views(client: AsyncClient) -> None:
    commit = {"key": "mlflow.source.git.commit", "value": "8ecdfc8" + "0" * 33}
    created = await run(client, await experiment(client), run_name="first", tags=[commit])

    await call(client, "POST runs/log-parameter", **both(created), key="lr", value="0.1")
    await call(client, "POST runs/set-tag", **both(created), key="team", value="a")
    metrics = [{"key": "loss", "value": 0.5, "timestamp": START, "step": step} for step in (-1, 4)]
    params = [{"key": "depth", "value": "3"}]
    await call(client, "POST runs/log-batch", run_id=created, metrics=metrics, params=params)
    end = {"status": "FINISHED", "end_time": START + 1000}
    await call(client, "POST runs/update", **both(created), **end)

    (item,) = (await client.get("/api/v1/experiments")).json()["items"]
    assert item["name"] == "first"
    assert item["status"] == "completed"
    assert item["hyperparameters"] == {"lr": "0.1", "depth": "3"}
    assert item["tags"] == {"team": "a"}
    assert item["source_commit"] == commit["value"]
    assert item["started_at"] == "2023-11-14T22:13:20Z"
    assert item["finished_at"] == "2023-11-14T22:13:21Z"
    curve = await client.get(f"/api/v1/experiments/{item['id']}/metrics/series?key=loss")
    assert curve.json() == {"steps": [-1, 4], "values": [0.5, 0.5], "count": 2, "nulls": 0}
    data = await data_of(client, created)
    assert data["metrics"] == {"loss": 0.5}
    assert data["params"] == {"lr": "0.1", "depth": "3"}
    own = {"mlflow.runName": "first", commit["key"]: commit["value"]}
    assert data["tags"] == {"team": "a"} | own


async def test_experiment_of_the_other_view_is_a_run(client: AsyncClient) -> None:
    project = await experiment(client)
    body = {"project_id": project, "name": "b", "hyperparameters": {"a": 1, "b": None, "c": True}}
    item = (await client.post("/api/v1/experiments", json=body)).json()
    points = {"points": [{"key": "loss", "step": 2, "value": None}]}
    await client.post(f"/api/v1/experiments/{item['id']}/metrics", json=points)

    shown = (await call(client, "GET runs/get", **both(item["id"].replace("-", ""))))["run"]

    assert shown["info"]["status"] == "SCHEDULED"
    assert shown["info"]["run_name"] == "b"
    assert {each["key"]: each["value"] for each in shown["data"]["params"]} == {
        "a": "1",
        "b": "",
        "c": "true",
    }
    assert shown["data"]["metrics"][0]["value"] == "NaN"


async def test_three_values_without_a_step_are_three(client: AsyncClient) -> None:
    created = await run(client, await experiment(client))

    await log(client, created, "loss", 1.0, 2.0, 3.0)

    assert await history(client, created, "loss") == [(0, 1.0), (0, 2.0), (0, 3.0)]
    (item,) = (await client.get("/api/v1/experiments")).json()["items"]
    curve = (await client.get(f"/api/v1/experiments/{item['id']}/metrics/series?key=loss")).json()
    assert (curve["steps"], curve["values"]) == ([0, 1, 2], [1.0, 2.0, 3.0])


async def test_same_point_again_adds_nothing(client: AsyncClient) -> None:
    created = await run(client, await experiment(client))
    points = [
        {"key": "loss", "value": value, "timestamp": START, "step": step}
        for step, value in [(0, 1.0), (0, 2.0), (0, 2.0), (1, 3.0)]
    ]

    for _ in range(2):
        await call(client, "POST runs/log-batch", run_id=created, metrics=points)

    assert sorted(await history(client, created, "loss")) == [(0, 1.0), (0, 2.0), (1, 3.0)]


async def test_latest_value_is_that_of_the_greatest_logged_step(client: AsyncClient) -> None:
    created = await run(client, await experiment(client))
    for step, value in [(5, 1.0), (2, 2.0), (2, 3.0)]:
        metric = {"key": "loss", "value": value, "timestamp": START, "step": step}
        await call(client, "POST runs/log-metric", **both(created), **metric)

    assert (await data_of(client, created))["metrics"] == {"loss": 1.0}
    assert [step for step, _ in await history(client, created, "loss")] == [2, 2, 5]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
async def test_values_that_json_has_not_travel_as_texts(client: AsyncClient, value: str) -> None:
    created = await run(client, await experiment(client))

    await log(client, created, "loss", value)

    assert await history(client, created, "loss") == [(0, value)]


async def test_names_of_runs_repeat(client: AsyncClient) -> None:
    project = await experiment(client)
    ids = [await run(client, project, run_name="same") for _ in range(3)]

    await call(client, "POST runs/update", **both(ids[0]), run_name="other")
    await call(client, "POST runs/set-tag", **both(ids[1]), key="mlflow.runName", value="other")

    names = [(await data_of(client, each))["tags"]["mlflow.runName"] for each in ids]
    assert names == ["other", "other", "same"]
    items = (await client.get("/api/v1/experiments")).json()["items"]
    assert len({each["name"] for each in items}) == 3
    await client.patch(f"/api/v1/experiments/{ids[2]}", json={"name": "renamed"})
    assert (await data_of(client, ids[2]))["tags"]["mlflow.runName"] == "renamed"


async def test_value_of_a_parameter_never_changes(client: AsyncClient) -> None:
    created = await run(client, await experiment(client))
    await call(client, "POST runs/log-parameter", **both(created), key="lr", value="1")

    again = await send(client, "POST runs/log-parameter", **both(created), key="lr", value="1")
    other = await send(client, "POST runs/log-parameter", **both(created), key="lr", value="2")

    assert again.status_code == 200
    assert failure(other) == INVALID
    assert (await data_of(client, created))["params"] == {"lr": "1"}


async def test_deleted_run_takes_nothing_until_it_is_restored(client: AsyncClient) -> None:
    project = await experiment(client)
    created = await run(client, project)

    await call(client, "POST runs/delete", run_id=created)

    refused = await send(client, "POST runs/set-tag", **both(created), key="a", value="b")
    assert failure(refused) == INVALID
    shown = await call(client, "POST runs/search", experiment_ids=[project])
    assert shown.get("runs") == []
    await call(client, "POST runs/restore", run_id=created)
    shown = await call(client, "POST runs/search", experiment_ids=[project])
    assert [each["info"]["lifecycle_stage"] for each in shown["runs"]] == ["active"]


async def test_run_can_go_on_after_its_end(client: AsyncClient) -> None:
    created = await run(client, await experiment(client))
    await call(client, "POST runs/update", **both(created), status="FINISHED", end_time=START)

    resumed = await call(client, "POST runs/update", **both(created), status="RUNNING")

    assert resumed["run_info"]["status"] == "RUNNING"
    assert "end_time" not in resumed["run_info"]


async def test_tag_of_a_run_is_deleted(client: AsyncClient) -> None:
    created = await run(
        client, await experiment(client), tags=[{"key": "mlflow.user", "value": "a"}]
    )
    await call(client, "POST runs/set-tag", **both(created), key="team", value="b")

    for key in ("team", "mlflow.user"):
        await call(client, "POST runs/delete-tag", run_id=created, key=key)

    assert set((await data_of(client, created))["tags"]) == {"mlflow.runName"}
    assert failure(await send(client, "POST runs/delete-tag", run_id=created, key="a")) == MISSING


async def test_commit_is_that_of_the_experiment(client: AsyncClient) -> None:
    project = await experiment(client)
    created = await run(client, project, run_name="a")
    key, path = "mlflow.source.git.commit", f"/api/v1/experiments/{UUID(created)}"

    async def commits() -> list[str | None]:
        shown = (await data_of(client, created))["tags"].get(key)
        assert shown is None or await search(client, project, f"tags.{key} = '{shown}'") == ["a"]
        return [(await client.get(path)).json()["source_commit"], shown]

    await call(client, "POST runs/set-tag", **both(created), key=key, value="a" * 40)
    assert await commits() == ["a" * 40] * 2
    await client.patch(path, json={"source_commit": "b" * 40})
    await call(client, "POST runs/log-parameter", **both(created), key="c", value="d")
    assert await commits() == ["b" * 40] * 2
    await call(client, "POST runs/set-tag", **both(created), key=key, value="none yet")
    assert await commits() == [None, "none yet"]
    await client.patch(path, json={"source_commit": "c" * 40})
    await call(client, "POST runs/delete-tag", run_id=created, key=key)
    assert await commits() == [None, None]


async def test_tags_of_the_other_view_may_have_names_of_mlflow(client: AsyncClient) -> None:
    project = await experiment(client)
    body = {"project_id": project, "name": "a", "tags": {"mlflow.user": "ada"}}
    item = (await client.post("/api/v1/experiments", json=body)).json()
    run_id = item["id"].replace("-", "")

    assert await search(client, project, "tags.mlflow.user = 'ada'") == ["a"]
    await call(client, "POST runs/set-tag", **both(run_id), key="mlflow.user", value="bob")
    assert await search(client, project, "tags.mlflow.user = 'bob'") == ["a"]
    await call(client, "POST runs/delete-tag", run_id=run_id, key="mlflow.user")
    assert "mlflow.user" not in (await data_of(client, run_id))["tags"]


async def test_experiment_of_the_other_view_begins_as_a_run(client: AsyncClient) -> None:
    body = {"project_id": await experiment(client), "name": "a"}
    item = (await client.post("/api/v1/experiments", json=body)).json()
    path, named = f"/api/v1/experiments/{item['id']}", both(item["id"].replace("-", ""))

    begun = await call(client, "POST runs/update", **named, status="RUNNING")

    first = (await client.get(path)).json()["started_at"]
    assert datetime.fromisoformat(first).timestamp() * 1000 // 1 == begun["run_info"]["start_time"]
    for status in ("FINISHED", "RUNNING"):
        await call(client, "POST runs/update", **named, status=status, end_time=START)
    assert (await client.get(path)).json()["started_at"] == first


async def test_data_sets_of_a_run(client: AsyncClient) -> None:
    project = await experiment(client)
    created = await run(client, project)
    dataset = {"name": "iris", "digest": "2981c147", "source_type": "local", "source": "{}"}
    more = {"schema": json.dumps({"columns": []}), "profile": "{}"}
    tags = [{"key": "mlflow.data.context", "value": "training"}]
    given = {"dataset": dataset | more, "tags": tags}

    for _ in range(2):
        await call(client, "POST runs/log-inputs", run_id=created, datasets=[given], models=[])

    shown = await call(client, "GET runs/get", **both(created))
    assert shown["run"]["inputs"]["dataset_inputs"] == [given]
    found = await call(client, "POST experiments/search-datasets", experiment_ids=[project])
    assert found["dataset_summaries"] == [
        {"experiment_id": project, "name": "iris", "digest": "2981c147", "context": "training"}
    ]


async def test_history_comes_in_pages(client: AsyncClient) -> None:
    created = await run(client, await experiment(client))
    await log(client, created, "loss", *map(float, range(5)))
    message = both(created) | {"metric_key": "loss", "max_results": 2}

    first = await call(client, "GET metrics/get-history", **message)
    token = first["next_page_token"]
    second = await call(client, "GET metrics/get-history", **message, page_token=token)
    token = second["next_page_token"]
    third = await call(client, "GET metrics/get-history", **message, page_token=token)

    values = [each["value"] for page in (first, second, third) for each in page["metrics"]]
    assert values == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert "next_page_token" not in third


async def test_histories_of_several_runs(client: AsyncClient) -> None:
    project = await experiment(client)
    ids = [await run(client, project) for _ in range(2)]
    points = [{"key": "loss", "value": n, "timestamp": START, "step": n} for n in range(10)]
    for each in ids:
        await call(client, "POST runs/log-batch", run_id=each, metrics=points)

    found = await call(
        client,
        "GET metrics/get-history-bulk-interval",
        run_ids=ids,
        metric_key="loss",
        start_step=2,
        end_step=8,
        max_results=3,
    )

    assert [(each["run_id"], each["step"]) for each in found["metrics"]] == [
        (each, step) for each in ids for step in (2, 5, 8)
    ]


@pytest.mark.parametrize("step", [0, 1])
@pytest.mark.parametrize(
    ("most", "found"),
    [(1, [8]), (2, [0, 8]), (3, [0, 4, 8]), (4, [0, 2, 5, 8]), (9, [*range(9)])],
)
async def test_long_curves_are_shown_to_their_ends(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch, step: int, most: int, found: list[int]
) -> None:
    """Whether its points have steps of their own or are logged without any."""
    monkeypatch.setattr("src.services.mlflow_history.MOST", most)
    created = await run(client, await experiment(client))
    points = [
        {"key": "loss", "value": n, "timestamp": START + n, "step": n * step} for n in range(9)
    ]
    await call(client, "POST runs/log-batch", run_id=created, metrics=points)
    name = "GET metrics/get-history-bulk-interval"

    shown = await call(client, name, run_ids=[created], metric_key="loss")

    assert [each["value"] for each in shown["metrics"]] == found


async def test_unknown_ids_name_nothing(client: AsyncClient) -> None:
    for run_id in (UNKNOWN, "x", ""):
        assert failure(await send(client, "GET runs/get", **both(run_id))) == MISSING
    for experiment_id in (UNKNOWN, "x"):
        found = await send(client, "GET experiments/get", experiment_id=experiment_id)
        assert failure(found) == MISSING
