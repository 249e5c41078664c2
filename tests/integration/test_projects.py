from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from tests.api import UNKNOWN_ID, Json, assert_invalid, assert_problem

PROJECTS = "/api/v1/projects"
TAKEN = "A value that must be unique is already taken."
UNKNOWN = "There is no such project."
numbers = count()


async def new_project(client: AsyncClient) -> Json:
    """What has to be said of a new one, and is not taken."""
    number = next(numbers)
    return {"name": f"{number:08}"}


async def whole_project(client: AsyncClient) -> Json:
    """All that can be said of a new one."""
    return await new_project(client) | {"description": "a", "settings": {"a": 1}}


async def create_project(client: AsyncClient, **fields: Any) -> Json:
    response = await client.post(PROJECTS, json=await new_project(client) | fields)
    assert response.status_code == 201, response.text
    project: Json = response.json()
    return project


def path_of(project: Json) -> str:
    return f"{PROJECTS}/{project['id']}"


async def listed(client: AsyncClient, **query: Any) -> list[Json]:
    """All pages of a list."""
    response = await client.get(PROJECTS, params={"limit": 2, **query})
    assert response.status_code == 200, response.text
    page = response.json()
    items: list[Json] = page["items"]
    if page["next_cursor"]:
        items += await listed(client, **query | {"cursor": page["next_cursor"]})
    return items


def nested(levels: int) -> Json:
    value: Json = {}
    for _ in range(levels - 1):
        value = {"in": value}
    return value


async def test_created_project_is_shown_whole_and_with_defaults(client: AsyncClient) -> None:
    body = await new_project(client)

    response = await client.post(PROJECTS, json=body)

    project = response.json()
    assert response.status_code == 201
    assert project == {
        "id": project["id"],
        "version": 1,
        "created_at": project["created_at"],
        "updated_at": project["updated_at"],
        "name": body["name"],
        "description": None,
        "settings": {},
    }
    assert UUID(project["id"]).version == 7
    assert response.headers["location"] == path_of(project)


async def test_location_of_a_created_project_leads_to_it(client: AsyncClient) -> None:
    created = await client.post(PROJECTS, json=await whole_project(client))

    response = await client.get(created.headers["location"])

    assert response.status_code == 200
    assert response.json() == created.json()
    assert response.headers["etag"] == created.headers["etag"] == '"1"'


async def test_timestamps_are_utc_and_of_now(client: AsyncClient) -> None:
    project = await create_project(client)

    created_at = datetime.fromisoformat(project["created_at"])
    assert created_at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - created_at) < timedelta(seconds=10)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "a"),
        ("name", "b"),
        ("name", "c"),
        ("name", "漢" * 100),
        ("name", "🚀"),
        ("description", "a"),
        ("description", "b"),
        ("description", "c"),
        ("description", ""),
        ("description", "漢" * 2000),
        ("description", "🚀"),
        ("settings", {"a": 1}),
        ("settings", {"a": 1, "b": [None, True, 0.1]}),
        ("settings", {"c": {}}),
        ("settings", {}),
        ("settings", nested(32)),
        ("settings", {"text": "ä 漢 🚀 \\u0000 'quoted'", "": 2**63}),
    ],
    ids="{!r:.30}".format,
)
async def test_value_comes_back_as_it_went_in(
    client: AsyncClient, field: str, value: object
) -> None:
    project = await create_project(client, **{field: value})

    response = await client.get(path_of(project))

    assert response.json()[field] == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
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
        ("description", 1),
        ("description", []),
        ("description", "a\x00b"),
        ("description", "x" * 2001),
        ("settings", None),
        ("settings", []),
        ("settings", "text"),
        ("settings", {"key": "a\x00b"}),
        ("settings", {"a\x00b": 1}),
        ("settings", nested(33)),
        ("settings", {"large": "x" * 65_536}),
    ],
    ids="{!r:.30}".format,
)
async def test_wrong_value_is_refused_and_named(
    client: AsyncClient, field: str, value: object
) -> None:
    project = await create_project(client)

    created = await client.post(PROJECTS, json=await new_project(client) | {field: value})
    patched = await client.patch(path_of(project), json={field: value})

    for response in (created, patched):
        assert response.status_code == 422
        assert list(response.json()["errors"]) == [f"body.{field}"]
    assert await listed(client) == [project]


async def test_white_space_around_name_is_dropped(client: AsyncClient) -> None:
    project = await create_project(client, name=" a\n")

    assert project["name"] == "a"


@pytest.mark.parametrize("field", ["id", "version", "created_at", "updated_at", "unknown"])
async def test_field_that_clients_do_not_set_is_refused(client: AsyncClient, field: str) -> None:
    project = await create_project(client)
    body = await new_project(client)

    created = await client.post(PROJECTS, json=body | {field: project.get(field)})
    patched = await client.patch(path_of(project), json={field: project.get(field)})

    assert_invalid(created, {"body": ["Extra inputs are not permitted"]})
    assert_invalid(patched, {"body": ["Extra inputs are not permitted"]})


@pytest.mark.parametrize("field", ["name"])
async def test_missing_field_is_named(client: AsyncClient, field: str) -> None:
    body = await new_project(client)
    del body[field]

    response = await client.post(PROJECTS, json=body)

    assert_invalid(response, {f"body.{field}": ["Field required"]})


async def test_taken_name_conflicts(client: AsyncClient) -> None:
    project = await create_project(client, **await whole_project(client))
    taken = {"name": project["name"]}

    response = await client.post(PROJECTS, json=await new_project(client) | taken)

    assert_problem(response, 409, TAKEN, errors={"body.name": [TAKEN]})


async def test_change_to_a_taken_name_conflicts_and_changes_nothing(client: AsyncClient) -> None:
    first = await create_project(client, **await whole_project(client))
    project = await create_project(client, **await whole_project(client))
    taken = {"name": first["name"]}

    response = await client.patch(path_of(project), json=taken)

    assert_problem(response, 409, TAKEN, errors={"body.name": [TAKEN]})
    assert (await client.get(path_of(project))).json() == project


async def test_name_of_a_deleted_project_is_free(client: AsyncClient) -> None:
    body = await whole_project(client)
    project = await create_project(client, **body)
    await client.delete(path_of(project))

    assert (await create_project(client, **body))["id"] != project["id"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "b"),
        ("description", "b"),
        ("settings", {"a": 1, "b": [None, True, 0.1]}),
        ("description", None),
    ],
    ids="{!r:.30}".format,
)
async def test_patch_changes_only_what_is_sent(
    client: AsyncClient, field: str, value: object
) -> None:
    project = await create_project(client, **await whole_project(client))

    response = await client.patch(path_of(project), json={field: value})

    assert response.status_code == 200
    changed = response.json()
    assert changed == project | {
        field: value,
        "version": 2,
        "updated_at": changed["updated_at"],
    }
    assert changed["updated_at"] > project["updated_at"]
    assert (await client.get(path_of(project))).json() == changed


@pytest.mark.parametrize("field", [None, "name", "description", "settings"])
async def test_patch_that_changes_nothing_leaves_version_and_time(
    client: AsyncClient, field: str | None
) -> None:
    project = await create_project(client, **await whole_project(client))

    changes = {field: project[field]} if field else {}
    response = await client.patch(path_of(project), json=changes)

    assert response.status_code == 200
    assert response.json() == project


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_other_version_may_not_be_changed(client: AsyncClient, method: str) -> None:
    project = await create_project(client)
    body: Json | None = {} if method == "PATCH" else None

    stale = await client.request(method, path_of(project), json=body, headers={"If-Match": '"2"'})
    assert stale.status_code == 412
    assert (await client.get(path_of(project))).json() == project

    current = await client.request(method, path_of(project), json=body, headers={"If-Match": '"1"'})
    assert current.is_success


async def test_version_that_the_client_has_is_not_sent_again(client: AsyncClient) -> None:
    project = await create_project(client)

    response = await client.get(path_of(project), headers={"If-None-Match": '"1"'})

    assert response.status_code == 304
    assert response.content == b""


async def test_repeated_request_with_a_key_is_answered_alike_and_done_once(
    client: AsyncClient,
) -> None:
    body, headers = await new_project(client), {"Idempotency-Key": "first"}

    first = await client.post(PROJECTS, json=body, headers=headers)
    second = await client.post(PROJECTS, json=body, headers=headers)

    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert await listed(client) == [first.json()]


async def test_deleted_project_is_gone(client: AsyncClient) -> None:
    project = await create_project(client)

    response = await client.delete(path_of(project))

    assert response.status_code == 204
    assert response.content == b""
    assert_problem(await client.get(path_of(project)), 404, UNKNOWN)
    assert await listed(client) == []


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_unknown_id_is_not_found(client: AsyncClient, method: str) -> None:
    body: Json | None = {} if method == "PATCH" else None

    response = await client.request(method, f"{PROJECTS}/{UNKNOWN_ID}", json=body)

    assert_problem(response, 404, UNKNOWN)


@pytest.mark.parametrize("wrong_id", ["1", "none", "01900000-0000-7000-8000-00000000000g", "%00"])
async def test_what_is_no_id_is_not_found(client: AsyncClient, wrong_id: str) -> None:
    response = await client.get(f"{PROJECTS}/{wrong_id}")

    assert_problem(response, 404, "Not Found")


async def test_empty_list_is_an_empty_page(client: AsyncClient) -> None:
    response = await client.get(PROJECTS)

    assert response.json() == {"items": [], "next_cursor": None, "total": None}


@pytest.mark.parametrize("sort", ["id", "-id", "name", "-name"])
async def test_every_sort_lists_all_pages_in_order(client: AsyncClient, sort: str) -> None:
    projects = [await create_project(client) for _ in range(3)]

    items = await listed(client, sort=sort)

    assert sorted(item["id"] for item in items) == [each["id"] for each in projects]
    turned = sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"
    assert await listed(client, sort=turned) == items[::-1]


async def test_total_counts_all_when_asked(client: AsyncClient) -> None:
    for _ in range(3):
        await create_project(client)

    response = await client.get(PROJECTS, params={"limit": 1, "total": True})

    assert response.json()["total"] == 3
    assert len(response.json()["items"]) == 1


@pytest.mark.parametrize(
    ("field", "ascending"),
    [("name", ["a", "b", "c"])],
)
async def test_sort_goes_by_value(client: AsyncClient, field: str, ascending: list[object]) -> None:
    for value in [*ascending[1:], ascending[0]]:
        await create_project(client, **{field: value})

    assert [item[field] for item in await listed(client, sort=field)] == ascending
    assert [item[field] for item in await listed(client, sort=f"-{field}")] == ascending[::-1]


@pytest.mark.parametrize(
    ("field", "value", "other"),
    [("name", "a", "b")],
    ids="{!r:.30}".format,
)
async def test_list_can_be_filtered_by_a_value(
    client: AsyncClient, field: str, value: Any, other: Any
) -> None:
    project = await create_project(client, **{field: value})
    await create_project(client, **{field: other})

    assert await listed(client, **{field: value}) == [project]
    response = await client.get(PROJECTS, params={field: value, "total": True})
    assert response.json()["total"] == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("limit", "0"), ("sort", "none"), ("name", "")],
)
async def test_wrong_query_parameter_is_refused(client: AsyncClient, name: str, value: str) -> None:
    response = await client.get(PROJECTS, params={name: value})

    assert response.status_code == 422
    assert list(response.json()["errors"]) == [f"query.{name}"]


async def test_unknown_query_parameter_is_refused(client: AsyncClient) -> None:
    response = await client.get(PROJECTS, params={"unknown": 1})

    assert_invalid(response, {"query": ["Extra inputs are not permitted"]})


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_project_of_somebody_else_is_not_there(
    client: AsyncClient, other: AsyncClient, method: str
) -> None:
    theirs = await create_project(other)
    body: Json | None = {} if method == "PATCH" else None

    response = await client.request(method, path_of(theirs), json=body)

    assert_problem(response, 404, UNKNOWN)
    assert (await other.get(path_of(theirs))).json() == theirs


async def test_list_shows_and_counts_only_ones_own(client: AsyncClient, other: AsyncClient) -> None:
    theirs = await create_project(other)
    project = await create_project(client)

    assert await listed(client) == [project]
    assert await listed(other) == [theirs]
    response = await client.get(PROJECTS, params={"total": True})
    assert response.json()["total"] == 1


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_owner_is_not_for_clients_to_choose(client: AsyncClient, method: str) -> None:
    project = await create_project(client)
    url = PROJECTS if method == "POST" else path_of(project)
    body = await new_project(client) if method == "POST" else {}

    response = await client.request(method, url, json=body | {"owner_id": UNKNOWN_ID})

    assert_invalid(response, {"body": ["Extra inputs are not permitted"]})


async def test_name_of_somebody_else_is_free(client: AsyncClient, other: AsyncClient) -> None:
    theirs = await create_project(other, **await whole_project(other))
    same = {"name": theirs["name"]}

    project = await create_project(client, **same)

    assert {"name": project["name"]} == same
