import pytest
from httpx import AsyncClient

from tests.integration.test_documents import TestDocuments as Documents
from tests.integration.test_projects import TestProjects as Projects
from tests.performance.conftest import Counted


async def test_project_is_made_with_its_configuration(
    client: AsyncClient, counted: Counted
) -> None:
    await Projects.create(client)  # the first one also makes the user

    with counted() as statements:
        await Projects.create(client)

    assert [each for each in statements if each != "BEGIN"] == ["INSERT", "INSERT"]


async def test_merge_patch(client: AsyncClient, counted: Counted) -> None:
    document = await Documents.create(client)

    with counted() as statements:
        change = {"body": {"status": "finished"}}
        assert (await client.patch(Documents.path_of(document), json=change)).is_success

    assert [each for each in statements if each != "BEGIN"] == ["SELECT", "UPDATE"]


@pytest.mark.parametrize("where", ["{}", '{"checkpoints": [{"step": 100}]}'])
async def test_list_of_what_contains_something(
    client: AsyncClient, counted: Counted, where: str
) -> None:
    for _ in range(3):
        await Documents.create(client)

    with counted() as statements:
        page = await client.get(Documents.path, params={"where": where, "limit": 2})

    assert len(page.json()["items"]) == 2
    assert statements == ["SELECT"]
