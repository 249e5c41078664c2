from httpx import AsyncClient

from tests.api import UNKNOWN_ID, Json, QueryValue
from tests.contract import Contract, json_model, reference
from tests.integration.test_projects import TestProjects as Projects

SESSION: Json = {
    "kind": "model_session",
    "schema_version": 2,
    "status": "active",
    "framework": "scikit-learn",
    "hyperparameters": {"units": 64, "rate": 0.1},
    "packages": {"scikit-learn": "1.7"},
    "checkpoints": [{"uri": "s3://models/digits/1", "step": 100}],
    "experiment_id": UNKNOWN_ID,
    "model_version_id": UNKNOWN_ID,
    "data": {"file_id": UNKNOWN_ID, "sha256": "0" * 64, "rows": 150, "columns": 5},
    "request": {"model_type": "ridge"},
    "environment": {"python": "3.13.0"},
    "durations": {"train": 0.7},
    "train_metrics": {"accuracy": 1.0},
    "test_metrics": {"accuracy": 0.9},
    "warnings": ["The column ok has one value only."],
}
MLFLOW: Json = {
    "kind": "mlflow_metadata",
    "schema_version": 1,
    "tracking_uri": "https://mlflow.example.com/",
    "run_id": "0" * 32,
    "run_name": "sly-cat-7",
    "experiment_id": "1",
    "artifact_uri": f"mlflow-artifacts:/1/{'0' * 32}/artifacts",
    "params": {"units": "64"},
    "tags": {"mlflow.user": "ada"},
}
DVC: Json = {
    "kind": "dvc_metadata",
    "schema_version": 1,
    "outs": [
        {"path": "data.csv", "md5": "0" * 32, "hash": "md5", "size": 7},
        {"path": "images", "md5": f"{'1' * 32}.dir", "hash": "md5", "size": 7000, "nfiles": 3},
    ],
    "remote": "storage",
    "repo": "https://git.example.com/digits",
    "rev": "8ecdfc8",
}
CONFIG: Json = {
    "kind": "project_config",
    "schema_version": 1,
    "primary_metric": "accuracy",
    "base_image": "registry.example.com/digits:1",
    "settings": {"seed": 1, "notify": ["ada@example.com", {"channel": "#digits"}]},
}


class TestDocuments(Contract):
    path, words, owned = "/api/v1/documents", "document", True
    fields = {
        "project_id": reference(Projects, on_delete="cascade"),
        "body": json_model(
            SESSION,
            SESSION | {"status": "finished"},
            MLFLOW,
            DVC,
            changes=[SESSION | {"framework": "torch"}],
        ),
    }

    @classmethod
    async def listed(cls, client: AsyncClient, /, **query: QueryValue) -> list[Json]:
        """Return all documents but those that projects have from the beginning."""
        items = await super().listed(client, **query)
        return [item for item in items if item["body"]["kind"] != "project_config"]

    async def test_list_shows_and_counts_only_the_callers_rows(
        self, client: AsyncClient, other: AsyncClient
    ) -> None:
        theirs, row = await self.create(other), await self.create(client)

        response = await client.get(self.path, params={"total": True})

        assert response.json()["total"] == 2  # with the configuration of the project
        assert response.json()["items"][0] == row
        assert await self.listed(other) == [theirs]

    async def test_total_counts_all_rows_when_asked(self, client: AsyncClient) -> None:
        query: dict[str, QueryValue] = {"kind": "model_session", "total": True, "limit": 1}
        for _ in range(3):
            await self.create(client)

        page = (await client.get(self.path, params=query)).json()

        assert (page["total"], len(page["items"])) == (3, 1)
