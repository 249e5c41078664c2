"""The number of queries for metrics, which does not grow with the points."""

import pytest
from httpx import AsyncClient

from tests.integration.test_experiments import TestExperiments as Experiments
from tests.integration.test_ml_metrics import curve, point, record
from tests.performance.conftest import Counted


@pytest.mark.parametrize("points", [1, 10_000])
async def test_record(client: AsyncClient, counted: Counted, points: int) -> None:
    path = f"{Experiments.path_of(await Experiments.create(client))}/metrics"

    with counted() as statements:
        await record(client, path, curve([1] * points))

    assert [each for each in statements if each != "BEGIN"] == ["INSERT"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?limit=1000", ["SELECT"]),
        ("?key=loss&min_step=5&limit=10", ["SELECT"]),
        ("?key=none", ["SELECT", "SELECT"]),
        ("/series?key=loss", ["SELECT", "WITH"]),
        ("/series?key=loss&points=10000", ["SELECT", "SELECT"]),
        ("/series?key=none", ["SELECT", "SELECT"]),
        ("/series?key=nulls", ["SELECT"]),
        ("/summary", ["WITH"]),
    ],
)
async def test_read(client: AsyncClient, counted: Counted, query: str, expected: list[str]) -> None:
    path = f"{Experiments.path_of(await Experiments.create(client))}/metrics"
    await record(client, path, [*curve(range(3000)), point(1, None, "nulls")])

    with counted() as statements:
        await client.get(path + query)

    assert statements == expected
