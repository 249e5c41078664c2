"""Experiments, data files and trainings of tests."""

from typing import Any
from uuid import uuid4

from httpx import AsyncClient, Response

from tests.api import Json
from tests.files import store

EXPERIMENTS = "/api/v1/experiments"
SPECIES = [
    *(f"{1 + n / 10},{2 + n / 20},setosa" for n in range(20)),
    *(f"{4 + n / 10},{3 + n / 30},virginica" for n in range(20)),
]
FLOWERS = "\n".join(["length,width,species", *SPECIES]).encode()


async def project(client: AsyncClient) -> Json:
    made: Json = (await client.post("/api/v1/projects", json={"name": uuid4().hex})).json()
    return made


async def experiment(client: AsyncClient, **fields: object) -> Json:
    given = {"project_id": (await project(client))["id"], "name": "flowers"} | fields
    response = await client.post(EXPERIMENTS, json=given)
    assert response.status_code == 201, response.text
    made: Json = response.json()
    return made


async def data(client: AsyncClient, content: bytes = FLOWERS) -> str:
    file: Json = await store(client, content, name="flowers.csv")
    file_id: str = file["id"]
    return file_id


def request(file_id: str, **fields: Any) -> Json:
    common = {"file_id": file_id, "target_column": "species", "model_type": "logistic_regression"}
    return common | fields


async def train(client: AsyncClient, experiment_id: str, **body: Any) -> Response:
    return await client.post(f"{EXPERIMENTS}/{experiment_id}/trainings", json=body)


async def read(client: AsyncClient, path: str) -> Json:
    response = await client.get(f"/api/v1/{path}")
    assert response.status_code == 200, response.text
    row: Json = response.json()
    return row
