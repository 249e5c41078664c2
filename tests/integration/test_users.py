from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from tests.api import UNKNOWN_ID, Json, assert_invalid, assert_problem

USERS = "/api/v1/users"
TAKEN = "A value that must be unique is already taken."
UNKNOWN = "There is no such user."
numbers = count()


async def new_user(client: AsyncClient) -> Json:
    """What has to be said of a new one, and is not taken."""
    number = next(numbers)
    return {"email": f"someone{number}@example.com", "name": "a"}


async def whole_user(client: AsyncClient) -> Json:
    """All that can be said of a new one."""
    return await new_user(client) | {"active": False, "admin": False}


async def create_user(client: AsyncClient, **fields: Any) -> Json:
    response = await client.post(USERS, json=await new_user(client) | fields)
    assert response.status_code == 201, response.text
    user: Json = response.json()
    return user


def path_of(user: Json) -> str:
    return f"{USERS}/{user['id']}"


async def listed(client: AsyncClient, **query: Any) -> list[Json]:
    """All pages of a list, without the user who asks."""
    response = await client.get(USERS, params={"limit": 2, **query})
    assert response.status_code == 200, response.text
    page = response.json()
    items: list[Json] = [item for item in page["items"] if item["name"] != "Developer"]
    if page["next_cursor"]:
        items += await listed(client, **query | {"cursor": page["next_cursor"]})
    return items


async def test_created_user_is_shown_whole_and_with_defaults(client: AsyncClient) -> None:
    body = await new_user(client)

    response = await client.post(USERS, json=body)

    user = response.json()
    assert response.status_code == 201
    assert user == {
        "id": user["id"],
        "version": 1,
        "created_at": user["created_at"],
        "updated_at": user["updated_at"],
        "email": body["email"],
        "name": body["name"],
        "active": True,
        "admin": False,
    }
    assert UUID(user["id"]).version == 7
    assert response.headers["location"] == path_of(user)


async def test_location_of_a_created_user_leads_to_it(client: AsyncClient) -> None:
    created = await client.post(USERS, json=await whole_user(client))

    response = await client.get(created.headers["location"])

    assert response.status_code == 200
    assert response.json() == created.json()
    assert response.headers["etag"] == created.headers["etag"] == '"1"'


async def test_timestamps_are_utc_and_of_now(client: AsyncClient) -> None:
    user = await create_user(client)

    created_at = datetime.fromisoformat(user["created_at"])
    assert created_at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - created_at) < timedelta(seconds=10)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "a@example.com"),
        ("email", "b@example.com"),
        ("email", "c@example.com"),
        ("email", "first.last+tag@mail.example.co"),
        ("name", "a"),
        ("name", "b"),
        ("name", "c"),
        ("name", "漢" * 100),
        ("name", "🚀"),
        ("active", False),
        ("active", True),
        ("admin", False),
        ("admin", True),
    ],
    ids="{!r:.30}".format,
)
async def test_value_comes_back_as_it_went_in(
    client: AsyncClient, field: str, value: object
) -> None:
    user = await create_user(client, **{field: value})

    response = await client.get(path_of(user))

    assert response.json()[field] == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", None),
        ("email", 1),
        ("email", ""),
        ("email", "a"),
        ("email", "a@b"),
        ("email", "a b@example.com"),
        ("email", "a@example.com\x00"),
        ("email", "x" * 255),
        ("name", None),
        ("name", 1),
        ("name", True),
        ("name", []),
        ("name", {}),
        ("name", "a\x00b"),
        ("name", ""),
        ("name", " "),
        ("name", "\u3000"),
        ("name", "\x1c"),
        ("name", "x" * 101),
        ("active", None),
        ("active", 1),
        ("active", "true"),
        ("active", []),
        ("admin", None),
        ("admin", 1),
        ("admin", "true"),
        ("admin", []),
    ],
    ids="{!r:.30}".format,
)
async def test_wrong_value_is_refused_and_named(
    client: AsyncClient, field: str, value: object
) -> None:
    user = await create_user(client)

    created = await client.post(USERS, json=await new_user(client) | {field: value})
    patched = await client.patch(path_of(user), json={field: value})

    for response in (created, patched):
        assert response.status_code == 422
        assert list(response.json()["errors"]) == [f"body.{field}"]
    assert await listed(client) == [user]


async def test_white_space_around_name_is_dropped(client: AsyncClient) -> None:
    user = await create_user(client, name=" a\n")

    assert user["name"] == "a"


@pytest.mark.parametrize("field", ["id", "version", "created_at", "updated_at", "unknown"])
async def test_field_that_clients_do_not_set_is_refused(client: AsyncClient, field: str) -> None:
    user = await create_user(client)
    body = await new_user(client)

    created = await client.post(USERS, json=body | {field: user.get(field)})
    patched = await client.patch(path_of(user), json={field: user.get(field)})

    assert_invalid(created, {"body": ["Extra inputs are not permitted"]})
    assert_invalid(patched, {"body": ["Extra inputs are not permitted"]})


@pytest.mark.parametrize("field", ["email", "name"])
async def test_missing_field_is_named(client: AsyncClient, field: str) -> None:
    body = await new_user(client)
    del body[field]

    response = await client.post(USERS, json=body)

    assert_invalid(response, {f"body.{field}": ["Field required"]})


async def test_taken_email_conflicts(client: AsyncClient) -> None:
    user = await create_user(client, **await whole_user(client))
    taken = {"email": user["email"]}

    response = await client.post(USERS, json=await new_user(client) | taken)

    assert_problem(response, 409, TAKEN, errors={"body.email": [TAKEN]})


async def test_change_to_a_taken_email_conflicts_and_changes_nothing(client: AsyncClient) -> None:
    first = await create_user(client, **await whole_user(client))
    user = await create_user(client, **await whole_user(client))
    taken = {"email": first["email"]}

    response = await client.patch(path_of(user), json=taken)

    assert_problem(response, 409, TAKEN, errors={"body.email": [TAKEN]})
    assert (await client.get(path_of(user))).json() == user


async def test_email_of_a_deleted_user_is_free(client: AsyncClient) -> None:
    body = await whole_user(client)
    user = await create_user(client, **body)
    await client.delete(path_of(user))

    assert (await create_user(client, **body))["id"] != user["id"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "b@example.com"), ("name", "b"), ("active", True), ("admin", True)],
    ids="{!r:.30}".format,
)
async def test_patch_changes_only_what_is_sent(
    client: AsyncClient, field: str, value: object
) -> None:
    user = await create_user(client, **await whole_user(client))

    response = await client.patch(path_of(user), json={field: value})

    assert response.status_code == 200
    changed = response.json()
    assert changed == user | {
        field: value,
        "version": 2,
        "updated_at": changed["updated_at"],
    }
    assert changed["updated_at"] > user["updated_at"]
    assert (await client.get(path_of(user))).json() == changed


@pytest.mark.parametrize("field", [None, "email", "name", "active", "admin"])
async def test_patch_that_changes_nothing_leaves_version_and_time(
    client: AsyncClient, field: str | None
) -> None:
    user = await create_user(client, **await whole_user(client))

    changes = {field: user[field]} if field else {}
    response = await client.patch(path_of(user), json=changes)

    assert response.status_code == 200
    assert response.json() == user


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_other_version_may_not_be_changed(client: AsyncClient, method: str) -> None:
    user = await create_user(client)
    body: Json | None = {} if method == "PATCH" else None

    stale = await client.request(method, path_of(user), json=body, headers={"If-Match": '"2"'})
    assert stale.status_code == 412
    assert (await client.get(path_of(user))).json() == user

    current = await client.request(method, path_of(user), json=body, headers={"If-Match": '"1"'})
    assert current.is_success


async def test_version_that_the_client_has_is_not_sent_again(client: AsyncClient) -> None:
    user = await create_user(client)

    response = await client.get(path_of(user), headers={"If-None-Match": '"1"'})

    assert response.status_code == 304
    assert response.content == b""


async def test_repeated_request_with_a_key_is_answered_alike_and_done_once(
    client: AsyncClient,
) -> None:
    body, headers = await new_user(client), {"Idempotency-Key": "first"}

    first = await client.post(USERS, json=body, headers=headers)
    second = await client.post(USERS, json=body, headers=headers)

    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert await listed(client) == [first.json()]


async def test_deleted_user_is_gone(client: AsyncClient) -> None:
    user = await create_user(client)

    response = await client.delete(path_of(user))

    assert response.status_code == 204
    assert response.content == b""
    assert_problem(await client.get(path_of(user)), 404, UNKNOWN)
    assert await listed(client) == []


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_unknown_id_is_not_found(client: AsyncClient, method: str) -> None:
    body: Json | None = {} if method == "PATCH" else None

    response = await client.request(method, f"{USERS}/{UNKNOWN_ID}", json=body)

    assert_problem(response, 404, UNKNOWN)


@pytest.mark.parametrize("wrong_id", ["1", "none", "01900000-0000-7000-8000-00000000000g", "%00"])
async def test_what_is_no_id_is_not_found(client: AsyncClient, wrong_id: str) -> None:
    response = await client.get(f"{USERS}/{wrong_id}")

    assert_problem(response, 404, "Not Found")


async def test_empty_list_is_an_empty_page(client: AsyncClient) -> None:
    response = await client.get(USERS, params={"active": False})

    assert response.json() == {"items": [], "next_cursor": None, "total": None}


@pytest.mark.parametrize("sort", ["id", "-id", "email", "-email"])
async def test_every_sort_lists_all_pages_in_order(client: AsyncClient, sort: str) -> None:
    users = [await create_user(client) for _ in range(3)]

    items = await listed(client, sort=sort)

    assert sorted(item["id"] for item in items) == [each["id"] for each in users]
    turned = sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"
    assert await listed(client, sort=turned) == items[::-1]


async def test_total_counts_all_when_asked(client: AsyncClient) -> None:
    for _ in range(3):
        await create_user(client)

    response = await client.get(USERS, params={"limit": 1, "total": True})

    assert response.json()["total"] == 4  # with the user who asks
    assert len(response.json()["items"]) == 1


@pytest.mark.parametrize(
    ("field", "ascending"),
    [("email", ["a@example.com", "b@example.com", "c@example.com"])],
)
async def test_sort_goes_by_value(client: AsyncClient, field: str, ascending: list[object]) -> None:
    for value in [*ascending[1:], ascending[0]]:
        await create_user(client, **{field: value})

    assert [item[field] for item in await listed(client, sort=field)] == ascending
    assert [item[field] for item in await listed(client, sort=f"-{field}")] == ascending[::-1]


@pytest.mark.parametrize(
    ("field", "value", "other"),
    [("email", "a@example.com", "b@example.com"), ("active", False, True), ("admin", False, True)],
    ids="{!r:.30}".format,
)
async def test_list_can_be_filtered_by_a_value(
    client: AsyncClient, field: str, value: Any, other: Any
) -> None:
    user = await create_user(client, **{field: value})
    await create_user(client, **{field: other})

    assert await listed(client, **{field: value}) == [user]
    response = await client.get(USERS, params={field: value, "total": True})
    assert response.json()["total"] == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("limit", "0"), ("sort", "none"), ("email", "a"), ("active", "maybe"), ("admin", "maybe")],
)
async def test_wrong_query_parameter_is_refused(client: AsyncClient, name: str, value: str) -> None:
    response = await client.get(USERS, params={name: value})

    assert response.status_code == 422
    assert list(response.json()["errors"]) == [f"query.{name}"]


async def test_unknown_query_parameter_is_refused(client: AsyncClient) -> None:
    response = await client.get(USERS, params={"unknown": 1})

    assert_invalid(response, {"query": ["Extra inputs are not permitted"]})
