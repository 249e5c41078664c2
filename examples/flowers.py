"""A data file, a training with live progress, and predictions: ``python -m examples.flowers``.

The service and a worker with the packages for trainings have to run. ``SERVICE_URL`` is the address
of the service, ``SERVICE_TOKEN`` the caller's token.
"""

import csv
import io
import json
import os
from typing import Any
from uuid import uuid4

import httpx
from sklearn.datasets import load_iris

type Json = dict[str, Any]


def main() -> None:
    token = os.environ.get("SERVICE_TOKEN")
    with httpx.Client(
        base_url=os.environ.get("SERVICE_URL", "http://127.0.0.1:8000"),
        headers={"Authorization": f"Bearer {token}"} if token else None,
        mounts={"all://127.0.0.1": None},  # to which no proxy leads
        timeout=120,
    ) as client:
        file = send(client, "uploads", files={"file": ("iris.csv", flowers(), "text/csv")})
        project = send(client, "projects", json={"name": f"flowers {uuid4().hex}"})
        best = max(
            (train(client, project, file, *model) for model in MODELS),
            key=lambda version: version["test_metrics"]["accuracy"],
        )
        predict(client, best)


MODELS: list[tuple[str, Json]] = [
    ("logistic_regression", {"C": 0.5}),
    ("random_forest_classifier", {"n_estimators": 200, "max_depth": 5}),
]


def flowers() -> bytes:
    """Return a data set that scikit-learn ships, as CSV."""
    iris, text = load_iris(), io.StringIO()
    lines = csv.writer(text)
    lines.writerow(["sepal_length", "sepal_width", "petal_length", "petal_width", "species"])
    for row, target in zip(iris.data.tolist(), iris.target, strict=True):
        lines.writerow([*row, iris.target_names[target]])
    return text.getvalue().encode()


def train(
    client: httpx.Client, project: Json, file: Json, model_type: str, hyperparameters: Json
) -> Json:
    """Train a model, show its progress, and return the version that it has become."""
    experiment = send(client, "experiments", json={"project_id": project["id"], "name": model_type})
    job = send(
        client,
        f"experiments/{experiment['id']}/trainings",
        json={
            "file_id": file["id"],
            "target_column": "species",
            "model_type": model_type,
            "hyperparameters": hyperparameters,
            "preprocessing": [{"step": "scale"}],
            "register_as": "species",
        },
    )
    watch(client, job)
    result = get(client, f"jobs/{job['id']}")["result"]
    summary = get(client, f"experiments/{experiment['id']}/metrics/summary")["items"]
    print({each["key"]: round(each["last"]["value"], 3) for each in summary})
    version = get(client, f"model-versions/{result['model_version_id']}")
    print(f"Version {version['number']} is a {model_type}: {version['test_metrics']}")
    return version


def watch(client: httpx.Client, job: Json) -> None:
    """Print what happens to a job, until it has finished. Raises ``SystemExit`` if it fails."""
    with client.stream("GET", f"/api/v1/jobs/{job['id']}/events") as events:
        for line in events.iter_lines():
            if line.startswith("data: "):
                print(f"  {json.loads(line.removeprefix('data: '))['data']}")
    ended = get(client, f"jobs/{job['id']}")
    if ended["status"] != "succeeded":
        raise SystemExit(f"The training has {ended['status']}: {ended['error']}")


def predict(client: httpx.Client, version: Json) -> None:
    path = f"model-versions/{version['id']}"
    names = [each["name"] for each in get(client, f"{path}/signature")["features"]]
    rows = [dict(zip(names, row, strict=True)) for row in ([5.1, 3.5, 1.4, 0.2], [6.3, 3, 6, 2])]
    answer = send(client, f"{path}/predictions", json={"rows": rows})
    for row, species, chances in zip(
        rows, answer["predictions"], answer["probabilities"], strict=True
    ):
        print(f"{row} is {species}: {max(chances):.0%}")


def send(client: httpx.Client, path: str, **content: Any) -> Json:
    return read(client.post(f"/api/v1/{path}", **content))


def get(client: httpx.Client, path: str) -> Json:
    return read(client.get(f"/api/v1/{path}"))


def read(response: httpx.Response) -> Json:
    if not response.is_success:
        raise SystemExit(response.text)
    answer: Json = response.json()
    return answer


if __name__ == "__main__":
    main()
