"""What every feature may cost, however many rows it has."""

import pytest
from httpx import AsyncClient

from tests.contract.facts import Facts
from tests.contract.found import features
from tests.performance.conftest import Counted

LIST, GET = 2, 1
ROWS = 3


LISTED = [each for each in features().values() if each.is_listed]
INCLUDING = [each for each in LISTED if each.includable()]


@pytest.mark.parametrize("feature", LISTED, ids=lambda feature: feature.words)
async def test_list_and_get(client: AsyncClient, counted: Counted, feature: type[Facts]) -> None:
    rows = [await feature.create(client) for _ in range(ROWS)]

    for query in ("?limit=1", "?limit=100", f"?skip={ROWS - 1}&total=true"):
        with counted() as statements:
            assert (await client.get(feature.path + query)).json()["items"]
        assert 0 < len(statements) <= LIST, query
    with counted() as statements:
        assert (await client.get(feature.path_of(rows[0]))).status_code == 200
    assert 0 < len(statements) <= GET


@pytest.mark.parametrize("feature", INCLUDING, ids=lambda feature: feature.words)
async def test_each_name_that_is_included_is_one_more_query(
    client: AsyncClient, counted: Counted, feature: type[Facts]
) -> None:
    rows = [await feature.create_whole(client) for _ in range(ROWS)]
    references = feature.references().keys()
    names = [name for name, column in feature.included().items() if column in references]
    names += feature.included_links()

    for path, query in (
        (feature.path, {"limit": 1}),
        (feature.path, {"limit": 100}),
        (feature.path_of(rows[0]), {}),
    ):
        with counted() as plain:
            await client.get(path, params=query)
        with counted() as including:
            response = await client.get(path, params={**query, "include": names})
        assert response.status_code == 200
        assert including == plain + ["SELECT"] * len(names)
