"""What every feature may cost, however many rows it has."""

import pytest
from httpx import AsyncClient

from tests.contract.facts import Facts
from tests.contract.found import features
from tests.performance.conftest import Counted

LIST, GET = 2, 1
ROWS = 3


@pytest.mark.parametrize("feature", features().values(), ids=lambda feature: feature.words)
async def test_list_and_get(client: AsyncClient, counted: Counted, feature: type[Facts]) -> None:
    rows = [await feature.create(client) for _ in range(ROWS)]

    for query in ("?limit=1", "?limit=100", f"?skip={ROWS - 1}&total=true"):
        with counted() as statements:
            assert (await client.get(feature.path + query)).json()["items"]
        assert 0 < len(statements) <= LIST, query
    with counted() as statements:
        assert (await client.get(feature.path_of(rows[0]))).status_code == 200
    assert 0 < len(statements) <= GET
