"""Requests as MLflow's own client has sent them, recorded, with the ids of the test's rows."""

from typing import Any

from httpx import AsyncClient, Response

from tests.api import Json

CALLS = "/api/2.0/mlflow"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
START = 1_700_000_000_000
"""A time in milliseconds."""
UNKNOWN = "0" * 32


async def call(client: AsyncClient, name: str, /, **message: Any) -> Json:
    """Send a message, and return the answer."""
    response = await send(client, name, **message)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


async def send(client: AsyncClient, name: str, /, **message: Any) -> Response:
    """Send a message by the method that the client uses for the call."""
    method, _, path = name.partition(" ")
    if method == "GET":
        return await client.get(f"{CALLS}/{path}", params=message)
    return await client.request(method, f"{CALLS}/{path}", json=message)


async def experiment(client: AsyncClient, name: str = "digits") -> str:
    created: str = (await call(client, "POST experiments/create", name=name))["experiment_id"]
    return created


async def run(client: AsyncClient, experiment_id: str, /, **fields: Any) -> str:
    message = {"user_id": "ada", "start_time": START} | fields
    created = await call(client, "POST runs/create", experiment_id=experiment_id, **message)
    run_id: str = created["run"]["info"]["run_id"]
    return run_id


def both(run_id: str) -> Json:
    """Return an id under both names, as the client sends it."""
    return {"run_id": run_id, "run_uuid": run_id}


async def log(client: AsyncClient, run_id: str, key: str, *values: float | str) -> None:
    """Log values as ``log_metric`` does without a step."""
    for number, value in enumerate(values):
        metric = {"key": key, "value": value, "timestamp": START + number, "step": 0}
        await call(client, "POST runs/log-metric", **both(run_id), **metric)


async def history(client: AsyncClient, run_id: str, key: str) -> list[tuple[int, Any]]:
    answer = await call(client, "GET metrics/get-history", **both(run_id), metric_key=key)
    return [(each["step"], each["value"]) for each in answer["metrics"]]


async def data_of(client: AsyncClient, run_id: str) -> Json:
    """Return metrics, parameters and tags of a run by name."""
    data = (await call(client, "GET runs/get", **both(run_id)))["run"]["data"]
    return {
        kind: {each["key"]: each["value"] for each in data[kind]}
        for kind in ("metrics", "params", "tags")
    }


async def search(client: AsyncClient, experiment_id: str, filter_: str, **more: Any) -> list[str]:
    """Return the names of the runs that a search finds."""
    message = {"experiment_ids": [experiment_id], "filter": filter_, "max_results": 1000} | more
    answer = await call(client, "POST runs/search", **message)
    return [each["info"]["run_name"] for each in answer.get("runs", [])]


async def upload(client: AsyncClient, address: str, body: bytes = b"weights") -> None:
    response = await client.put(f"{ARTIFACTS}/{address}", content=body)
    assert (response.status_code, response.json()) == (200, {})


async def logged_model(client: AsyncClient, experiment_id: str, run_id: str) -> str:
    """Log a model as ``mlflow.sklearn.log_model`` does, and return its id."""
    message = {"experiment_id": experiment_id, "name": "model", "source_run_id": run_id}
    created = await call(client, "POST logged-models", **message, params=[], tags=[])
    info = created["model"]["info"]
    model_id: str = info["model_id"]
    assert info["status"] == "LOGGED_MODEL_PENDING"
    address = info["artifact_uri"].removeprefix("mlflow-artifacts:/")
    await upload(client, f"{address}/MLmodel", b"flavors: {}")
    await upload(client, f"{address}/data/model.skops")
    await call(
        client, "POST runs/outputs", run_id=run_id, models=[{"model_id": model_id, "step": 0}]
    )
    await call(client, f"PATCH logged-models/{model_id}", status="LOGGED_MODEL_READY")
    return model_id


async def registered(client: AsyncClient, name: str = "iris") -> str:
    """Register a model with one version, and return the id of the logged model."""
    experiment_id = await experiment(client)
    run_id = await run(client, experiment_id)
    model_id = await logged_model(client, experiment_id, run_id)
    await call(client, "POST registered-models/create", name=name)
    message = {"name": name, "source": f"models:/{model_id}", "run_id": run_id}
    await call(client, "POST model-versions/create", **message, model_id=model_id)
    return model_id


def failure(response: Response) -> tuple[int, str]:
    """Return status and code of a failure in MLflow's form."""
    assert response.headers["content-type"] == "application/json"
    failed = response.json()
    assert set(failed) == {"error_code", "message"}
    return response.status_code, failed["error_code"]
