"""What every feature may cost, however many rows it has."""

from collections.abc import Awaitable, Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
from httpx import AsyncClient
from sqlmodel import SQLModel

from tests.api import Json
from tests.performance.conftest import Counted

LIST, GET = 2, 1
ROWS = 12

type Create = Callable[[AsyncClient], Awaitable[Json]]


def creators() -> Iterator[tuple[str, Create]]:
    """What the tests of each feature create its rows with."""
    for feature in SQLModel.metadata.tables:
        if Path(f"tests/integration/test_{feature}.py").exists():
            module = import_module(f"tests.integration.test_{feature}")
            for name, each in vars(module).items():
                if name.startswith("create_") and each.__module__ == module.__name__:
                    yield feature, each


@pytest.mark.parametrize(("feature", "create"), [*creators()])
async def test_list_and_get(
    client: AsyncClient, counted: Counted, feature: str, create: Create
) -> None:
    path = f"/api/v1/{feature.replace('_', '-')}"
    rows = [await create(client) for _ in range(ROWS)]

    for query in ("?limit=1", "?limit=100", f"?skip={ROWS - 1}&total=true"):
        with counted() as statements:
            assert (await client.get(path + query)).json()["items"]
        assert 0 < len(statements) <= LIST, query
    with counted() as statements:
        assert (await client.get(f"{path}/{rows[0]['id']}")).status_code == 200
    assert 0 < len(statements) <= GET
