"""Who may call: callers with a token, each for rows of their own."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from tests.access import client_with, issue_token
from tests.apps import client_of, database_of
from tests.mlflow import (
    ARTIFACTS,
    CALLS,
    START,
    UNKNOWN,
    call,
    experiment,
    failure,
    logged_model,
    run,
    send,
    upload,
)

PLACES = {"project": UNKNOWN, "run": UNKNOWN, "model": f"m-{UNKNOWN}", "name": "unknown"}
METRIC = {"key": "a", "value": 1, "timestamp": START}
BY_RUN = {"run_id": "{run}"}
VERSION = {"name": "{name}", "version": "1"}
QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("GET experiments/get", {"experiment_id": "{project}"}),
    ("GET experiments/get-by-name", {"experiment_name": "{name}"}),
    ("POST experiments/update", {"experiment_id": "{project}", "new_name": "b"}),
    ("POST experiments/delete", {"experiment_id": "{project}"}),
    ("POST experiments/restore", {"experiment_id": "{project}"}),
    ("POST experiments/set-experiment-tag", {"experiment_id": "{project}", "key": "a"}),
    ("POST experiments/delete-experiment-tag", {"experiment_id": "{project}", "key": "a"}),
    ("POST experiments/search-datasets", {"experiment_ids": ["{project}"]}),
    ("POST experiments/search", {}),
    ("POST runs/create", {"experiment_id": "{project}"}),
    ("GET runs/get", BY_RUN),
    ("POST runs/update", BY_RUN | {"status": "FAILED"}),
    ("POST runs/delete", BY_RUN),
    ("POST runs/restore", BY_RUN),
    ("POST runs/search", {"experiment_ids": ["{project}"]}),
    ("POST runs/log-batch", BY_RUN | {"metrics": [METRIC]}),
    ("POST runs/log-metric", BY_RUN | METRIC),
    ("POST runs/log-parameter", BY_RUN | {"key": "a", "value": "b"}),
    ("POST runs/set-tag", BY_RUN | {"key": "a", "value": "b"}),
    ("POST runs/delete-tag", BY_RUN | {"key": "a"}),
    ("POST runs/log-inputs", BY_RUN),
    ("POST runs/outputs", BY_RUN),
    ("GET metrics/get-history", BY_RUN | {"metric_key": "a"}),
    ("GET metrics/get-history-bulk-interval", {"run_ids": ["{run}"], "metric_key": "a"}),
    ("GET artifacts/list", BY_RUN),
    ("POST logged-models", {"experiment_id": "{project}"}),
    ("POST logged-models/search", {"experiment_ids": ["{project}"]}),
    ("GET logged-models/{model}", {}),
    ("PATCH logged-models/{model}", {"status": "LOGGED_MODEL_READY"}),
    ("DELETE logged-models/{model}", {}),
    ("POST logged-models/{model}/params", {"params": []}),
    ("PATCH logged-models/{model}/tags", {"tags": []}),
    ("DELETE logged-models/{model}/tags/a", {}),
    ("GET logged-models/{model}/artifacts/directories", {}),
    ("GET registered-models/get", {"name": "{name}"}),
    ("POST registered-models/rename", {"name": "{name}", "new_name": "b"}),
    ("PATCH registered-models/update", {"name": "{name}", "description": "b"}),
    ("DELETE registered-models/delete", {"name": "{name}"}),
    ("GET registered-models/search", {}),
    ("POST registered-models/get-latest-versions", {"name": "{name}"}),
    ("POST registered-models/set-tag", {"name": "{name}", "key": "a"}),
    ("DELETE registered-models/delete-tag", {"name": "{name}", "key": "a"}),
    ("POST registered-models/alias", VERSION | {"alias": "a"}),
    ("DELETE registered-models/alias", {"name": "{name}", "alias": "a"}),
    ("GET registered-models/alias", {"name": "{name}", "alias": "a"}),
    ("POST model-versions/create", {"name": "{name}", "source": "models:/{model}"}),
    ("GET model-versions/get", VERSION),
    ("PATCH model-versions/update", VERSION | {"description": "b"}),
    ("POST model-versions/transition-stage", VERSION | {"stage": "Staging"}),
    ("DELETE model-versions/delete", VERSION),
    ("GET model-versions/search", {}),
    ("GET model-versions/get-download-uri", VERSION),
    ("POST model-versions/set-tag", VERSION | {"key": "a"}),
    ("DELETE model-versions/delete-tag", VERSION | {"key": "a"}),
]


SEARCHES = {
    "POST experiments/search",
    "POST experiments/search-datasets",
    "POST runs/search",
    "POST logged-models/search",
    "POST registered-models/get-latest-versions",
}
"""They are requests with a body that change nothing."""


def filled(value: Any, places: dict[str, str]) -> Any:
    """Put ids and names into a request."""
    if isinstance(value, str):
        return value.format(**places)
    if isinstance(value, list):
        return [filled(each, places) for each in value]
    if isinstance(value, dict):
        return {key: filled(each, places) for key, each in value.items()}
    return value


async def places_of(client: AsyncClient) -> dict[str, str]:
    """Let a user have a row of every kind, and return their ids and names."""
    project = await experiment(client, "theirs")
    created = await run(client, project)
    await call(client, "POST runs/log-metric", run_id=created, **METRIC)
    model = await logged_model(client, project, created)
    await upload(client, f"{project}/{created}/artifacts/a")
    await call(client, "POST registered-models/create", name="theirs")
    await call(client, "POST model-versions/create", name="theirs", source=f"models:/{model}")
    return {"project": project, "run": created, "model": model, "name": "theirs"}


async def test_rows_of_others_are_answered_like_rows_that_do_not_exist(
    client: AsyncClient, other: AsyncClient
) -> None:
    theirs = await places_of(other)

    for name, message in QUESTIONS:
        answers = [
            await send(client, name.format(**places), **filled(message, places))
            for places in (theirs, PLACES)
        ]
        told = [(each.status_code, each.content) for each in answers]
        assert told[0] == told[1], name

    for path in ("{project}/{run}/artifacts/a", "{project}/models/{model}/artifacts/MLmodel"):
        for method in ("GET", "PUT", "DELETE"):
            paths = [path.format(**places) for places in (theirs, PLACES)]
            answers = [
                await client.request(method, f"{ARTIFACTS}/{each}", content=b"planted")
                for each in paths
            ]
            assert answers[0].content == answers[1].content, method
            assert failure(answers[0]) == failure(answers[1])
    assert await places_are_kept(other, theirs)


async def places_are_kept(other: AsyncClient, theirs: dict[str, str]) -> bool:
    """Return whether nothing has changed of what a user has."""
    found = await call(other, "POST runs/search", experiment_ids=[theirs["project"]])
    info, data = found["runs"][0]["info"], found["runs"][0]["data"]
    content = await other.get(f"{ARTIFACTS}/{theirs['project']}/{theirs['run']}/artifacts/a")
    return (info["status"], data["params"], content.content) == ("RUNNING", [], b"weights")


async def test_names_of_others_are_free(client: AsyncClient, other: AsyncClient) -> None:
    await places_of(other)

    assert await experiment(client, "theirs")
    await call(client, "POST registered-models/create", name="theirs")


OWN_RUN = {"run_id": "{own_run}"}
OWN_NAME = {"name": "{own_name}"}
REFERENCES: list[tuple[str, dict[str, Any]]] = [
    ("POST runs/outputs", OWN_RUN | {"models": [{"model_id": "{model}", "step": 0}]}),
    ("POST runs/log-inputs", OWN_RUN | {"models": [{"model_id": "{model}"}]}),
    ("POST runs/log-metric", OWN_RUN | METRIC | {"model_id": "{model}"}),
    ("POST runs/log-batch", OWN_RUN | {"metrics": [METRIC | {"model_id": "{model}"}]}),
    ("POST logged-models", {"experiment_id": "{own_project}", "source_run_id": "{run}"}),
    ("POST model-versions/create", OWN_NAME | {"source": "models:/{model}"}),
    ("POST model-versions/create", OWN_NAME | {"source": "runs:/{run}/a"}),
    ("POST model-versions/create", OWN_NAME | {"source": "models:/{own_model}", "run_id": "{run}"}),
    (
        "POST model-versions/create",
        OWN_NAME | {"source": "mlflow-artifacts:/{project}/{run}/artifacts"},
    ),
]


async def test_own_rows_cannot_refer_to_those_of_others(
    client: AsyncClient, other: AsyncClient
) -> None:
    theirs = await places_of(other)
    own = {f"own_{name}": value for name, value in (await places_of(client)).items()}

    for name, message in REFERENCES:
        answers = [
            await send(client, name, **filled(message, own | places)) for places in (theirs, PLACES)
        ]
        assert [failure(each) for each in answers] == [(404, "RESOURCE_DOES_NOT_EXIST")] * 2, name
        assert answers[0].content == answers[1].content, name


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [f"{CALLS}/runs/get", f"{CALLS}/runs/log-batch", f"{ARTIFACTS}/a", f"{CALLS}/planted"],
)
async def test_caller_needs_a_token(strict_app: FastAPI, path: str, method: str) -> None:
    async with client_of(strict_app) as client:
        response = await client.request(method, path, content=b"{")

    assert failure(response) == (401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"] == "Bearer"


async def test_token_that_reads_reads_and_searches(strict_app: FastAPI) -> None:
    issued = await issue_token(database_of(strict_app), scopes="read")
    async with client_with(strict_app, issued.token) as client:
        for name, message in [*QUESTIONS, ("POST experiments/create", {"name": "digits"})]:
            response = await send(client, name.format(**PLACES), **filled(message, PLACES))
            only_reads = name.startswith("GET") or name in SEARCHES
            assert (response.status_code != 403) == only_reads, name
        found = await call(client, "POST experiments/search")

    assert [each["experiment_id"] for each in found["experiments"]] == ["0"]
