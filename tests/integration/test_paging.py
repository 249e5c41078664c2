"""Pages of lists, beyond what the contract says of every list."""

import base64

import pytest
from httpx import AsyncClient

from src.services.keyset import keyset
from tests.api import THINGS, Json, QueryValue, assert_invalid, assert_problem, create_thing
from tests.things import Thing

FOREIGN = "The cursor is not one of this list in this order: start again without it."


async def get_page(client: AsyncClient, **query: QueryValue) -> Json:
    response = await client.get(THINGS, params=query)
    assert response.status_code == 200, response.text
    page: Json = response.json()
    return page


async def test_newest_come_first_and_whole(client: AsyncClient) -> None:
    things = [await create_thing(client, settings={"n": n}) for n in range(3)]

    page = await get_page(client)

    assert page == {"items": things[::-1], "next_cursor": None, "total": None}


async def test_last_full_page_has_no_next(client: AsyncClient) -> None:
    for _ in range(4):
        await create_thing(client)

    first = await get_page(client, limit=2)
    second = await get_page(client, limit=2, cursor=first["next_cursor"])

    assert len(second["items"]) == 2
    assert second["next_cursor"] is None


async def test_limit_is_20_unless_given(client: AsyncClient) -> None:
    for _ in range(21):
        await create_thing(client)

    assert len((await get_page(client))["items"]) == 20
    assert len((await get_page(client, limit=100))["items"]) == 21


async def test_skip_leaves_out_the_first(client: AsyncClient) -> None:
    things = [await create_thing(client) for _ in range(5)]

    page = await get_page(client, sort="id", skip=2, limit=2)

    assert page["items"] == things[2:4]
    assert page["next_cursor"] is not None


@pytest.mark.parametrize("sort", ["id", "-id", "name", "-name"])
async def test_pages_neither_repeat_nor_skip_while_rows_come_and_go(
    client: AsyncClient, sort: str
) -> None:
    lasting = [await create_thing(client, name=f"lasting {n:03}") for n in range(8)]
    fleeting = [await create_thing(client, name=f"fleeting {n:03}") for n in range(8)]
    seen: list[str] = []
    query: Json = {"sort": sort, "limit": 4}

    for turn in range(100):
        page = await get_page(client, **query)
        seen += [thing["id"] for thing in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
        if not fleeting:
            continue
        # One goes; others come at both ends and in the middle.
        await client.delete(f"{THINGS}/{fleeting.pop(turn % len(fleeting))['id']}")
        for name in (f"a {turn:03}", f"lasting {turn:03} new", f"z {turn:03}"):
            await create_thing(client, name=name)

    assert page["next_cursor"] is None
    assert len(seen) == len(set(seen))
    assert {thing["id"] for thing in lasting} <= set(seen)


async def test_cursor_survives_the_deletion_of_its_own_row(client: AsyncClient) -> None:
    things = [await create_thing(client) for _ in range(4)]
    page = await get_page(client, sort="id", limit=2)

    await client.delete(f"{THINGS}/{things[1]['id']}")

    following = await get_page(client, sort="id", cursor=page["next_cursor"])
    assert following["items"] == things[2:]


async def test_skip_with_cursor_is_refused(client: AsyncClient) -> None:
    response = await client.get(THINGS, params={"skip": 1, "cursor": "WyJpZCJd"})

    assert_invalid(response, {"query": ["Use skip or cursor, not both."]})


async def test_defaults_may_be_sent(client: AsyncClient) -> None:
    """Generated clients send every default."""
    things = [await create_thing(client) for _ in range(3)]
    defaults: Json = {"skip": 0, "sort": "-id", "total": False}
    first = (await client.get(THINGS, params={"limit": 2, **defaults})).json()

    cursor = first["next_cursor"]
    rest = await client.get(THINGS, params={"limit": 2, "cursor": cursor, **defaults})

    assert rest.json()["items"] == [things[0]]


async def test_cursor_of_another_order_is_refused(client: AsyncClient) -> None:
    for _ in range(2):
        await create_thing(client)
    cursor = (await get_page(client, sort="name", limit=1))["next_cursor"]

    response = await client.get(THINGS, params={"sort": "-name", "cursor": cursor})

    assert_problem(response, 422, FOREIGN)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", '["-id"]', '["-id",1]', '["-id","x"]', '["-id",null,1]', "[" * 900],
)
async def test_made_up_cursor_is_refused(client: AsyncClient, text: str) -> None:
    cursor = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=") or "A"

    assert_problem(await client.get(THINGS, params={"cursor": cursor}), 422, FOREIGN)


async def test_values_in_a_cursor_are_held_to_the_rules_of_their_fields(
    client: AsyncClient,
) -> None:
    cursor = keyset(Thing, "name").cursor(Thing(name="a\x00b"))

    response = await client.get(THINGS, params={"sort": "name", "cursor": cursor})

    assert_problem(response, 422, FOREIGN)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "101"),
        ("limit", "1e2"),
        ("limit", "9" * 30),
        ("skip", "-1"),
        ("skip", "10001"),
        ("cursor", ""),
        ("cursor", "ä"),
        ("cursor", "a" * 2001),
        ("sort", "description"),
        ("sort", "-"),
        ("total", "maybe"),
    ],
)
async def test_wrong_query_parameter_is_refused(client: AsyncClient, name: str, value: str) -> None:
    response = await client.get(THINGS, params={name: value})

    assert response.status_code == 422
    assert list(response.json()["errors"]) == [f"query.{name}"]
