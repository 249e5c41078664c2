import pytest
from httpx import AsyncClient

from tests.api import Json
from tests.integration.test_deployments import TestDeployments as Deployments
from tests.integration.test_deployments_rules import (
    NEW,
    accuracies,
    create_versions,
    criteria_of,
)
from tests.performance.conftest import Counted


@pytest.mark.parametrize(
    ("criteria", "status", "expected"),
    [
        ({}, 201, ["SELECT", "INSERT"]),
        (
            {"prefer_latest": True, "secondary_metrics": [{"name": "accuracy"}] * 10},
            201,
            ["SELECT", "INSERT"],
        ),
        ({"max_model_size_mb": 0, "stages": ["archived"]}, 409, ["SELECT", "SELECT"]),
    ],
    ids=str,
)
async def test_create_by_criteria(
    client: AsyncClient, counted: Counted, criteria: Json, status: int, expected: list[str]
) -> None:
    ml_model_id, _ = await create_versions(client, *accuracies(*range(10)))
    body = NEW | {"criteria": criteria_of(ml_model_id, **criteria)}

    with counted() as statements:
        response = await client.post(Deployments.path, json=body)

    assert response.status_code == status
    assert [each for each in statements if each != "BEGIN"] == expected
