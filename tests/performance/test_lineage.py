import pytest
from httpx import AsyncClient

from src.core.database import Database
from tests.api import UNKNOWN_ID
from tests.integration.test_lineage import UNKNOWN, add, tell
from tests.performance.conftest import Counted


@pytest.mark.parametrize("more", [1, 100])
async def test_lineage(
    client: AsyncClient, database: Database, counted: Counted, more: int
) -> None:
    story = await tell(client)
    await add(database, story, more)
    entities = (story.project, story.experiment, story.trained, story.deployed[0])

    for collection, entity in zip(UNKNOWN, entities, strict=True):
        with counted() as statements:
            response = await client.get(f"{collection}/{entity['id']}/lineage")
        assert response.status_code == 200
        assert statements == ["SELECT"] * 4


async def test_lineage_of_an_unknown_row(client: AsyncClient, counted: Counted) -> None:
    for collection in UNKNOWN:
        with counted() as statements:
            response = await client.get(f"{collection}/{UNKNOWN_ID}/lineage")
        assert response.status_code == 404
        assert statements == ["SELECT"]
