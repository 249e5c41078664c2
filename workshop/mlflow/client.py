"""What people do with MLflow's client. Writes what they read back as JSON, without ids and times.

Runs in an environment of its own: python client.py URL PART... FILE
"""

import hashlib
import json
import logging
import math
import os
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

START = 1_700_000_000_000
LARGE = 100_000_000
LARGEST = sys.float_info.max
FILTERS = [
    "",
    "metrics.acc > 0.5",
    "metrics.acc >= 0.5 and metrics.acc <= 0.8",
    "metrics.acc = 0.3",
    "metrics.acc != 0.3",
    "metrics.acc < 0.2",
    "metrics.`val/loss` < 0.5",
    "metrics.missing > 0",
    "params.rate = '0.1'",
    "params.rate != '0.1'",
    "params.rate LIKE '0.%'",
    "params.Kind ILIKE 'TREE%'",
    "params.Kind LIKE 'TREE%'",
    "tags.team = 'a'",
    "tags.team != 'a'",
    "tags.`with space` = 'x'",
    "tags.team LIKE '_'",
    "tags.mlflow.runName = 'run 3'",
    "attributes.run_name LIKE 'run 1%'",
    "attributes.status = 'FAILED'",
    f"attributes.end_time > {START}",
    f"attributes.start_time > {START + 5}",
    f"attributes.start_time <= {START + 2} and tags.team = 'a'",
    "attributes.user_id = 'ada'",
    "dataset.name = 'iris'",
    "params.rate = '0.1' and metrics.acc > 0.3 and tags.team = 'b'",
]
ORDERS = [
    ["metrics.acc DESC"],
    ["metrics.acc ASC", "attributes.start_time DESC"],
    ["params.rate ASC"],
    ["tags.team DESC", "metrics.acc ASC"],
    ["attributes.run_name ASC"],
]

type Facts = dict[str, Any]


def metrics(client: MlflowClient) -> Facts:
    """Log 10,000 points, and three without a step."""
    mlflow.set_experiment("metrics")
    with mlflow.start_run(run_name="curve") as run:
        run_id = run.info.run_id
        for start in range(0, 10_000, 1000):
            steps = range(start, start + 1000)
            points = [Metric("loss", 1 / (step + 1), START + step, step) for step in steps]
            client.log_batch(run_id, metrics=points)
        for value in (1.0, 2.0, 3.0):
            mlflow.log_metric("plain", value)
        mlflow.log_metric("early", 0.5, step=-1)
        mlflow.log_metric("nothing", math.nan, step=3)
        mlflow.log_metric("endless", math.inf, step=3)
        mlflow.log_params({"rate": 0.1, "layers": [1, 2]})
    history = client.get_metric_history(run_id, "loss")
    data = client.get_run(run_id).data
    return {
        "points": [len(history), history[0].value, history[-1].value, history[-1].step],
        "plain": _points(client, run_id, "plain"),
        "early": _points(client, run_id, "early"),
        # MLflow's server keeps the largest number in place of infinity.
        "latest": {key: repr(min(value, LARGEST)) for key, value in sorted(data.metrics.items())},
        "params": data.params,
    }


def _points(client: MlflowClient, run_id: str, key: str) -> list[tuple[int, float]]:
    return sorted((each.step, each.value) for each in client.get_metric_history(run_id, key))


def nested(client: MlflowClient) -> Facts:
    """Log children of a run, all with one name."""
    experiment = mlflow.set_experiment("nested")
    with mlflow.start_run(run_name="parent") as parent:
        for number in range(3):
            with mlflow.start_run(run_name="child", nested=True):
                mlflow.log_metric("number", number)
    client.set_tag(parent.info.run_id, "mlflow.note.content", "about")
    client.set_terminated(parent.info.run_id, "KILLED")
    wanted = f"tags.mlflow.parentRunId = '{parent.info.run_id}'"
    found = client.search_runs([experiment.experiment_id], wanted, order_by=["metrics.number"])
    client.delete_run(found[0].info.run_id)
    left = client.search_runs([experiment.experiment_id])
    client.restore_run(found[0].info.run_id)
    with mlflow.start_run(run_id=found[0].info.run_id):
        mlflow.log_metric("more", 1)
    again = client.get_run(found[0].info.run_id)
    return {
        "children": [(each.info.run_name, each.data.metrics) for each in found],
        "left": sorted(each.info.run_name for each in left),
        "again": [again.info.status, again.data.metrics],
        "status": client.get_run(parent.info.run_id).info.status,
    }


def searches(client: MlflowClient) -> Facts:
    """Search a dozen runs in all ways."""
    experiment_id = client.create_experiment("searches", tags={"kind": "search"})
    for number in range(12):
        _searched_run(client, experiment_id, number)
    found: Facts = {
        text: [each.info.run_name for each in client.search_runs([experiment_id], text)]
        for text in FILTERS
    }
    for order in ORDERS:
        runs = client.search_runs([experiment_id], order_by=order)
        found[str(order)] = [each.info.run_name for each in runs]
    first = client.search_runs([experiment_id], max_results=5)
    second = client.search_runs([experiment_id], max_results=50, page_token=first.token)
    found["pages"] = [[each.info.run_name for each in page] for page in (first, second)]
    named = client.search_experiments(filter_string="name LIKE 'sear%' AND tags.kind = 'search'")
    found["experiments"] = [(each.name, each.tags) for each in named]
    return found


def _searched_run(client: MlflowClient, experiment_id: str, number: int) -> None:
    tags = {"mlflow.runName": f"run {number}", "mlflow.user": "ada"}
    run_id = client.create_run(experiment_id, start_time=START + number, tags=tags).info.run_id
    points = [Metric("acc", number / 10, START, 1), Metric("acc", 99, START, 0)]
    params = [Param("rate", "0.1" if number % 2 else "0.01"), Param("Kind", f"Tree {number % 3}")]
    team = [RunTag("team", "ab"[number % 2])] if number % 5 else [RunTag("with space", "x")]
    client.log_batch(run_id, points if number != 7 else [], params, team)
    if number % 4 == 0:
        client.log_metric(run_id, "val/loss", number / 10, START, 0)
    if number % 3 == 0:
        client.set_terminated(run_id, "FAILED" if number % 2 else "FINISHED", START + 100)
    if number == 6:
        dataset = mlflow.entities.Dataset("iris", "123", "local", "{}")
        client.log_inputs(run_id, [mlflow.entities.DatasetInput(dataset, [])])


def autologging(client: MlflowClient) -> Facts:
    """Let scikit-learn log by itself."""
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    mlflow.set_experiment("autologging")
    mlflow.sklearn.autolog(log_models=False)
    inputs, labels = load_iris(return_X_y=True)
    with mlflow.start_run() as run:
        LogisticRegression(max_iter=300).fit(inputs, labels)
    mlflow.sklearn.autolog(disable=True)
    data = client.get_run(run.info.run_id).data
    return {
        "params": data.params,
        "metrics": {key: round(value, 6) for key, value in sorted(data.metrics.items())},
        "tags": {key: data.tags[key] for key in ("estimator_name", "estimator_class")},
        "artefacts": sorted(each.path for each in client.list_artifacts(run.info.run_id)),
    }


def models(client: MlflowClient) -> Facts:
    """Log a model, register it, and load it by its alias."""
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    mlflow.set_experiment("models")
    inputs, labels = load_iris(return_X_y=True)
    with mlflow.start_run() as run:
        mlflow.log_metric("acc", 0.9)
        model = LogisticRegression(max_iter=300).fit(inputs, labels)
        info = mlflow.sklearn.log_model(
            model, name="model", registered_model_name="iris", pip_requirements=["scikit-learn"]
        )
    client.set_registered_model_alias("iris", "Champion_1", "1")
    client.set_model_version_tag("iris", "1", "checked", "yes")
    client.update_registered_model("iris", "about")
    again = {"model_id": info.model_id, "description": "again"}
    client.create_model_version("iris", info.model_uri, run.info.run_id, **again)
    client.transition_model_version_stage("iris", "2", "Production")
    version = client.get_model_version_by_alias("iris", "Champion_1")
    registered = client.get_registered_model("iris")
    logged = client.get_logged_model(info.model_id)
    uris = ["models:/iris@Champion_1", "models:/iris/Production", info.model_uri]
    loaded = [mlflow.sklearn.load_model(uri).predict(inputs[::30]).tolist() for uri in uris]
    found = client.search_model_versions("name = 'iris' AND tags.checked = 'yes'")
    return {
        "predictions": loaded,
        "version": [version.version, version.tags, version.current_stage, [*version.aliases]],
        "registered": [registered.name, registered.description, registered.aliases],
        "latest": [(each.version, each.current_stage) for each in registered.latest_versions],
        "logged": [logged.name, str(logged.status), [each.key for each in logged.metrics or []]],
        "found": [each.version for each in found],
        "outputs": len(client.get_run(run.info.run_id).outputs.model_outputs),
    }


def artefacts(client: MlflowClient) -> Facts:
    """Upload folders and 100 MB, and download them."""
    mlflow.set_experiment("artefacts")
    with tempfile.TemporaryDirectory() as name, mlflow.start_run() as run:
        large = Path(name, "large.bin")
        large.write_bytes(os.urandom(1_000_000) * (LARGE // 1_000_000))
        mlflow.log_artifact(str(large), "data")
        mlflow.log_text("hello", "notes/a.txt")
        mlflow.log_dict({"a": 1}, "b.json")
        run_id = run.info.run_id
        again = mlflow.artifacts.download_artifacts(run_id=run_id, dst_path=name + "/down")
        same = _digest(Path(again, "data/large.bin")) == _digest(large)
    listed = [(each.path, each.is_dir, each.file_size) for each in client.list_artifacts(run_id)]
    below = [(each.path, each.file_size) for each in client.list_artifacts(run_id, "notes")]
    return {"same": same, "listed": listed, "below": below}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


PARTS: dict[str, Callable[[MlflowClient], Facts]] = {
    each.__name__: each for each in (metrics, nested, searches, autologging, models, artefacts)
}


def main(url: str, *parts: str) -> None:
    warnings.simplefilter("ignore")
    logging.disable()
    mlflow.set_tracking_uri(url)
    facts = {part: PARTS[part](MlflowClient()) for part in parts}
    Path(sys.argv[-1]).write_text(json.dumps(facts), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:-1])
