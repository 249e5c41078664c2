import pytest
from httpx import AsyncClient

from tests.integration.test_comparison import compared, measured_model
from tests.performance.conftest import Counted


@pytest.mark.parametrize(("versions", "expected"), [(0, 2), (1, 1), (20, 1)])
async def test_comparison(
    client: AsyncClient, counted: Counted, versions: int, expected: int
) -> None:
    ml_model_id = await measured_model(client, *[{"f1": 0.5}] * versions)

    with counted() as statements:
        assert len(await compared(client, ml_model_id, metric="f1")) == versions

    assert statements == ["SELECT"] * expected
