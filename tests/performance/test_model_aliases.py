from httpx import AsyncClient

from tests.integration.test_model_aliases import TestModelAliases as ModelAliases
from tests.performance.conftest import Counted


async def test_version_by_alias(client: AsyncClient, counted: Counted) -> None:
    model_alias = await ModelAliases.create(client)
    path = f"/api/v1/ml-models/{model_alias['ml_model_id']}/aliases/{model_alias['name']}"

    with counted() as statements:
        assert (await client.get(path)).json()["id"] == model_alias["version_id"]

    assert statements == ["SELECT"]
