"""The registry while its process is killed: no number of a version is lost, none is given twice."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from httpx import AsyncClient, Response
from sqlalchemy import URL

from tests.api import Json
from tests.integration.test_deployments_rules import NEW
from tests.integration.test_experiments import TestExperiments as Experiments
from tests.integration.test_ml_metrics import curve
from tests.integration.test_model_versions import TestModelVersions as ModelVersions
from workshop.rigs.clients import client_of, free_port, run_sql
from workshop.rigs.ledger import Ledger
from workshop.rigs.service import served

API = "/api/v1"
POINTS = 100
MADE = """
    SELECT count(*), count(DISTINCT version_id), (SELECT count(*) FROM ml_metrics),
        (SELECT count(*) FROM model_aliases JOIN model_versions v ON v.id = version_id)
    FROM deployments
"""


@dataclass(kw_only=True)
class Registry(Ledger):
    """Each entry is a version with its curve and its deployment, and was the champion once."""

    version: Json
    experiment_id: str

    async def create(self, client: AsyncClient) -> None:
        created = await self.once(client, "model-versions", self.version)
        version = created.json()
        self.acknowledged[version["id"]] = version
        deployed = await self.once(client, "deployments", NEW | {"version_id": version["id"]})
        champion = await self.insist(
            client,
            "PUT",
            f"{API}/ml-models/{version['ml_model_id']}/aliases/champion",
            json={"version_id": version["id"]},
        )
        recorded = await self.insist(
            client,
            "POST",
            f"{API}/experiments/{self.experiment_id}/metrics",
            json={"points": curve([0.5] * POINTS, key=version["id"])},
        )
        answers = [each.status_code for each in (created, deployed, champion, recorded)]
        assert answers == [201, 201, 200, 200]

    async def once(self, client: AsyncClient, collection: str, body: dict[str, Any]) -> Response:
        headers = {"Idempotency-Key": uuid4().hex}
        return await self.insist(client, "POST", f"{API}/{collection}", json=body, headers=headers)

    async def compare(self, client: AsyncClient, url: URL) -> None:
        versions, total = await ModelVersions.listed(client, limit=100), len(self.acknowledged)
        assert {each["id"]: each for each in versions} == self.acknowledged
        assert sorted(each["number"] for each in versions) == list(range(1, total + 1))
        assert run_sql(url, MADE) == [(total, total, total * POINTS, 1)]


async def test_kills_of_the_service_lose_and_double_nothing(url: URL, tmp_path: Path) -> None:
    port = free_port()
    async with AsyncExitStack() as stack, client_of(port) as client:
        async with served(url, tmp_path, port=port):
            experiment = await Experiments.create(client)
            ledger = Registry(
                version=await ModelVersions.new(client), experiment_id=experiment["id"]
            )
        async with ledger.kept(client):
            for _ in range(3):
                async with served(url, tmp_path, port=port):  # its end is a SIGKILL
                    await ledger.answers(201, times=60)
            await stack.enter_async_context(served(url, tmp_path, port=port))

        await ledger.compare(client, url)
    print(ledger)
    assert ledger.calls[0] > 0
