"""From training to deployment, on a running service: ``python -m examples.digits``.

``SERVICE_URL`` is the address of the service, ``SERVICE_TOKEN`` the caller's token.
"""

import os
from typing import Any
from uuid import uuid4

import httpx

from examples.training import Training

type Json = dict[str, Any]


def main() -> None:
    token = os.environ.get("SERVICE_TOKEN")
    with httpx.Client(
        base_url=os.environ.get("SERVICE_URL", "http://127.0.0.1:8000"),
        headers={"Authorization": f"Bearer {token}"} if token else None,
        mounts={"all://127.0.0.1": None},  # to which no proxy leads
    ) as client:
        project = post(client, "projects", name=f"digits {uuid4().hex}")
        ml_model = post(
            client,
            "ml-models",
            project_id=project["id"],
            name="digits",
            task="classification",
            framework="scikit-learn",
        )
        for units in (4, 64):
            train(client, ml_model, units)
        promote(client, ml_model)
        deploy(client, ml_model)


def train(client: httpx.Client, ml_model: Json, units: int) -> None:
    """Run an experiment that results in a version of the model."""
    training, project_id = Training(units), ml_model["project_id"]
    document = post(client, "documents", project_id=project_id, body=training.session())
    experiment = post(
        client,
        "experiments",
        project_id=project_id,
        name=f"{units} units",
        hyperparameters={"units": units},
        status="running",
    )
    path = f"experiments/{experiment['id']}"
    for points in training.epochs():
        post(client, f"{path}/metrics", points=points)
    send(client, "PATCH", path, status="completed")
    artefact = training.artefact()
    version = post(
        client,
        "model-versions",
        ml_model_id=ml_model["id"],
        experiment_id=experiment["id"],
        hyperparameters={"units": units},
        train_metrics=training.train_metrics,
        test_metrics=training.test_metrics,
        **artefact,
    )
    change = {"status": "finished", "checkpoints": [{"uri": artefact["storage_uri"]}]}
    send(client, "PATCH", f"documents/{document['id']}", body=change)
    print(f"Version {version['number']} has {units} units: {training.test_metrics}")


def promote(client: httpx.Client, ml_model: Json) -> None:
    """Make the version with the greatest accuracy the champion."""
    path = f"ml-models/{ml_model['id']}"
    best = send(client, "GET", f"{path}/comparison?metric=accuracy")["items"][0]
    send(client, "PUT", f"{path}/aliases/champion", version_id=best["id"])
    send(client, "PATCH", f"model-versions/{best['id']}", stage="production")
    print(f"Version {best['number']} is the champion")


def deploy(client: httpx.Client, ml_model: Json) -> None:
    deployment = post(
        client,
        "deployments",
        environment="production",
        base_image="registry.example.com/digits:1",
        criteria={
            "ml_model_id": ml_model["id"],
            "primary_metric": "accuracy",
            "metric_threshold": 0.9,
            "secondary_metrics": [{"name": "loss", "at_most": 0.5}],
            "max_model_size_mb": 1,
            "stages": ["production"],
        },
        cpu_limit="500m",
        memory_limit="512Mi",
        env_vars={"LOG_LEVEL": "info"},
    )
    print(f"Deployed: {deployment['reason']}")


def post(client: httpx.Client, path: str, **body: Any) -> Json:
    return send(client, "POST", path, **body)


def send(client: httpx.Client, method: str, path: str, **body: Any) -> Json:
    response = client.request(method, f"/api/v1/{path}", json=body or None)
    answer: Json = response.raise_for_status().json()
    return answer


if __name__ == "__main__":
    main()
