"""How many statements a request costs; more than these would be an accident."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from httpx import AsyncClient
from sqlalchemy import Engine, event

from tests.api import THINGS, create_thing

type Counted = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def counted(caplog: pytest.LogCaptureFixture) -> Counted:
    """The first words of the statements in a block: of sessions and of those that go past them."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        statements: list[str] = []

        def remember(*arguments: object) -> None:
            statements.append(str(arguments[2]).split()[0])

        event.listen(Engine, "before_cursor_execute", remember)
        with caplog.at_level(logging.DEBUG, "src.core.statements"):
            caplog.clear()
            yield statements
            statements += [
                each.message.split()[0]
                for each in caplog.records
                if each.name == "src.core.statements"
            ]
        event.remove(Engine, "before_cursor_execute", remember)

    return counting


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["SELECT"]),
        ("?limit=100", ["SELECT"]),
        ("?sort=name&skip=5", ["SELECT"]),
        ("?total=true", ["SELECT", "SELECT"]),
    ],
)
async def test_list(client: AsyncClient, counted: Counted, query: str, expected: list[str]) -> None:
    for _ in range(10):
        await create_thing(client)

    with counted() as statements:
        await client.get(THINGS + query)

    assert statements == expected


async def test_get(client: AsyncClient, counted: Counted) -> None:
    thing = await create_thing(client)

    with counted() as statements:
        await client.get(f"{THINGS}/{thing['id']}")

    assert statements == ["SELECT"]


async def test_create(client: AsyncClient, counted: Counted) -> None:
    with counted() as statements:
        await create_thing(client)

    assert statements == ["INSERT"]


async def test_update(client: AsyncClient, counted: Counted) -> None:
    thing = await create_thing(client)

    with counted() as statements:
        await client.patch(f"{THINGS}/{thing['id']}", json={"description": "Moon"})

    assert statements == ["UPDATE"]


async def test_delete(client: AsyncClient, counted: Counted) -> None:
    thing = await create_thing(client)

    with counted() as statements:
        await client.delete(f"{THINGS}/{thing['id']}")

    assert statements == ["DELETE"]


async def test_request_that_is_invalid_reaches_no_database(
    client: AsyncClient, counted: Counted
) -> None:
    with counted() as statements:
        await client.post(THINGS, json={})
        await client.get(THINGS, params={"limit": 0})
        await client.get(f"{THINGS}/none")
        await client.get("/health")

    assert statements == []
