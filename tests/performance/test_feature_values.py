from httpx import AsyncClient

from tests.integration.test_feature_values import append, historical, moment, online, row, view
from tests.performance.conftest import Counted


async def test_values_are_written_by_three_statements(
    client: AsyncClient, counted: Counted
) -> None:
    path = await view(client)

    with counted() as statements:
        await append(client, path, *(row(f"{n}", 0, spent=n) for n in range(100)))

    assert sorted(each for each in statements if each != "BEGIN") == ["INSERT", "INSERT", "SELECT"]


async def test_values_are_read_by_one_statement(client: AsyncClient, counted: Counted) -> None:
    path = await view(client)
    entities = [f"{n}" for n in range(100)]
    await append(client, path, *(row(each, 0, spent=1) for each in entities))

    with counted() as statements:
        await online(client, path, *entities)
        await historical(client, path, *(moment(each, 0) for each in entities))

    assert len([each for each in statements if each != "BEGIN"]) == 2
