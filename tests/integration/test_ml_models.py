from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from tests.api import UNKNOWN_ID, Json, assert_invalid, assert_problem
from tests.integration.test_projects import PROJECTS, create_project

ML_MODELS = "/api/v1/ml-models"
TAKEN = "A value that must be unique is already taken."
BROKEN = "The change breaks a reference between two rows."
UNKNOWN = "There is no such ml model."
numbers = count()


async def new_ml_model(client: AsyncClient) -> Json:
    """What has to be said of a new one, and is not taken."""
    number = next(numbers)
    return {"project_id": (await create_project(client))["id"], "name": f"{number:08}", "task": "a"}


async def whole_ml_model(client: AsyncClient) -> Json:
    """All that can be said of a new one."""
    return await new_ml_model(client) | {"framework": "a", "description": "a"}


async def create_ml_model(client: AsyncClient, **fields: Any) -> Json:
    response = await client.post(ML_MODELS, json=await new_ml_model(client) | fields)
    assert response.status_code == 201, response.text
    ml_model: Json = response.json()
    return ml_model


def path_of(ml_model: Json) -> str:
    return f"{ML_MODELS}/{ml_model['id']}"


async def listed(client: AsyncClient, **query: Any) -> list[Json]:
    """All pages of a list."""
    response = await client.get(ML_MODELS, params={"limit": 2, **query})
    assert response.status_code == 200, response.text
    page = response.json()
    items: list[Json] = page["items"]
    if page["next_cursor"]:
        items += await listed(client, **query | {"cursor": page["next_cursor"]})
    return items


async def test_created_ml_model_is_shown_whole_and_with_defaults(client: AsyncClient) -> None:
    body = await new_ml_model(client)

    response = await client.post(ML_MODELS, json=body)

    ml_model = response.json()
    assert response.status_code == 201
    assert ml_model == {
        "id": ml_model["id"],
        "version": 1,
        "created_at": ml_model["created_at"],
        "updated_at": ml_model["updated_at"],
        "project_id": body["project_id"],
        "name": body["name"],
        "task": body["task"],
        "framework": None,
        "description": None,
    }
    assert UUID(ml_model["id"]).version == 7
    assert response.headers["location"] == path_of(ml_model)


async def test_location_of_a_created_ml_model_leads_to_it(client: AsyncClient) -> None:
    created = await client.post(ML_MODELS, json=await whole_ml_model(client))

    response = await client.get(created.headers["location"])

    assert response.status_code == 200
    assert response.json() == created.json()
    assert response.headers["etag"] == created.headers["etag"] == '"1"'


async def test_timestamps_are_utc_and_of_now(client: AsyncClient) -> None:
    ml_model = await create_ml_model(client)

    created_at = datetime.fromisoformat(ml_model["created_at"])
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
        ("task", "a"),
        ("task", "b"),
        ("task", "c"),
        ("task", "漢" * 50),
        ("task", "🚀"),
        ("framework", "a"),
        ("framework", "b"),
        ("framework", "c"),
        ("framework", "漢" * 50),
        ("framework", "🚀"),
        ("description", "a"),
        ("description", "b"),
        ("description", "c"),
        ("description", ""),
        ("description", "漢" * 2000),
        ("description", "🚀"),
    ],
    ids="{!r:.30}".format,
)
async def test_value_comes_back_as_it_went_in(
    client: AsyncClient, field: str, value: object
) -> None:
    ml_model = await create_ml_model(client, **{field: value})

    response = await client.get(path_of(ml_model))

    assert response.json()[field] == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("project_id", None),
        ("project_id", 1),
        ("project_id", "1"),
        ("project_id", []),
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
        ("task", None),
        ("task", 1),
        ("task", True),
        ("task", []),
        ("task", {}),
        ("task", "a\x00b"),
        ("task", ""),
        ("task", " "),
        ("task", "\u3000"),
        ("task", "\x1c"),
        ("task", "x" * 51),
        ("framework", 1),
        ("framework", True),
        ("framework", []),
        ("framework", {}),
        ("framework", "a\x00b"),
        ("framework", ""),
        ("framework", " "),
        ("framework", "\u3000"),
        ("framework", "\x1c"),
        ("framework", "x" * 51),
        ("description", 1),
        ("description", []),
        ("description", "a\x00b"),
        ("description", "x" * 2001),
    ],
    ids="{!r:.30}".format,
)
async def test_wrong_value_is_refused_and_named(
    client: AsyncClient, field: str, value: object
) -> None:
    ml_model = await create_ml_model(client)

    created = await client.post(ML_MODELS, json=await new_ml_model(client) | {field: value})
    patched = await client.patch(path_of(ml_model), json={field: value})

    for response in (created, patched):
        assert response.status_code == 422
        assert list(response.json()["errors"]) == [f"body.{field}"]
    assert await listed(client) == [ml_model]


async def test_white_space_around_name_is_dropped(client: AsyncClient) -> None:
    ml_model = await create_ml_model(client, name=" a\n")

    assert ml_model["name"] == "a"


@pytest.mark.parametrize("field", ["id", "version", "created_at", "updated_at", "unknown"])
async def test_field_that_clients_do_not_set_is_refused(client: AsyncClient, field: str) -> None:
    ml_model = await create_ml_model(client)
    body = await new_ml_model(client)

    created = await client.post(ML_MODELS, json=body | {field: ml_model.get(field)})
    patched = await client.patch(path_of(ml_model), json={field: ml_model.get(field)})

    assert_invalid(created, {"body": ["Extra inputs are not permitted"]})
    assert_invalid(patched, {"body": ["Extra inputs are not permitted"]})


@pytest.mark.parametrize("field", ["project_id", "name", "task"])
async def test_missing_field_is_named(client: AsyncClient, field: str) -> None:
    body = await new_ml_model(client)
    del body[field]

    response = await client.post(ML_MODELS, json=body)

    assert_invalid(response, {f"body.{field}": ["Field required"]})


async def test_taken_project_id_and_name_conflicts(client: AsyncClient) -> None:
    ml_model = await create_ml_model(client, **await whole_ml_model(client))
    taken = {"project_id": ml_model["project_id"], "name": ml_model["name"]}

    response = await client.post(ML_MODELS, json=await new_ml_model(client) | taken)

    assert_problem(response, 409, TAKEN, errors={"body.project_id": [TAKEN], "body.name": [TAKEN]})


async def test_change_to_a_taken_project_id_and_name_conflicts_and_changes_nothing(
    client: AsyncClient,
) -> None:
    first = await create_ml_model(client, **await whole_ml_model(client))
    ml_model = await create_ml_model(client, **await whole_ml_model(client))
    taken = {"project_id": first["project_id"], "name": first["name"]}

    response = await client.patch(path_of(ml_model), json=taken)

    assert_problem(response, 409, TAKEN, errors={"body.project_id": [TAKEN], "body.name": [TAKEN]})
    assert (await client.get(path_of(ml_model))).json() == ml_model


async def test_project_id_and_name_of_a_deleted_ml_model_is_free(client: AsyncClient) -> None:
    body = await whole_ml_model(client)
    ml_model = await create_ml_model(client, **body)
    await client.delete(path_of(ml_model))

    assert (await create_ml_model(client, **body))["id"] != ml_model["id"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "b"),
        ("task", "b"),
        ("framework", "b"),
        ("description", "b"),
        ("framework", None),
        ("description", None),
    ],
    ids="{!r:.30}".format,
)
async def test_patch_changes_only_what_is_sent(
    client: AsyncClient, field: str, value: object
) -> None:
    ml_model = await create_ml_model(client, **await whole_ml_model(client))

    response = await client.patch(path_of(ml_model), json={field: value})

    assert response.status_code == 200
    changed = response.json()
    assert changed == ml_model | {
        field: value,
        "version": 2,
        "updated_at": changed["updated_at"],
    }
    assert changed["updated_at"] > ml_model["updated_at"]
    assert (await client.get(path_of(ml_model))).json() == changed


@pytest.mark.parametrize("field", [None, "project_id", "name", "task", "framework", "description"])
async def test_patch_that_changes_nothing_leaves_version_and_time(
    client: AsyncClient, field: str | None
) -> None:
    ml_model = await create_ml_model(client, **await whole_ml_model(client))

    changes = {field: ml_model[field]} if field else {}
    response = await client.patch(path_of(ml_model), json=changes)

    assert response.status_code == 200
    assert response.json() == ml_model


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_other_version_may_not_be_changed(client: AsyncClient, method: str) -> None:
    ml_model = await create_ml_model(client)
    body: Json | None = {} if method == "PATCH" else None

    stale = await client.request(method, path_of(ml_model), json=body, headers={"If-Match": '"2"'})
    assert stale.status_code == 412
    assert (await client.get(path_of(ml_model))).json() == ml_model

    current = await client.request(
        method, path_of(ml_model), json=body, headers={"If-Match": '"1"'}
    )
    assert current.is_success


async def test_version_that_the_client_has_is_not_sent_again(client: AsyncClient) -> None:
    ml_model = await create_ml_model(client)

    response = await client.get(path_of(ml_model), headers={"If-None-Match": '"1"'})

    assert response.status_code == 304
    assert response.content == b""


async def test_repeated_request_with_a_key_is_answered_alike_and_done_once(
    client: AsyncClient,
) -> None:
    body, headers = await new_ml_model(client), {"Idempotency-Key": "first"}

    first = await client.post(ML_MODELS, json=body, headers=headers)
    second = await client.post(ML_MODELS, json=body, headers=headers)

    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert await listed(client) == [first.json()]


async def test_deleted_ml_model_is_gone(client: AsyncClient) -> None:
    ml_model = await create_ml_model(client)

    response = await client.delete(path_of(ml_model))

    assert response.status_code == 204
    assert response.content == b""
    assert_problem(await client.get(path_of(ml_model)), 404, UNKNOWN)
    assert await listed(client) == []


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_unknown_id_is_not_found(client: AsyncClient, method: str) -> None:
    body: Json | None = {} if method == "PATCH" else None

    response = await client.request(method, f"{ML_MODELS}/{UNKNOWN_ID}", json=body)

    assert_problem(response, 404, UNKNOWN)


@pytest.mark.parametrize("wrong_id", ["1", "none", "01900000-0000-7000-8000-00000000000g", "%00"])
async def test_what_is_no_id_is_not_found(client: AsyncClient, wrong_id: str) -> None:
    response = await client.get(f"{ML_MODELS}/{wrong_id}")

    assert_problem(response, 404, "Not Found")


async def test_empty_list_is_an_empty_page(client: AsyncClient) -> None:
    response = await client.get(ML_MODELS)

    assert response.json() == {"items": [], "next_cursor": None, "total": None}


@pytest.mark.parametrize("sort", ["id", "-id", "task", "-task"])
async def test_every_sort_lists_all_pages_in_order(client: AsyncClient, sort: str) -> None:
    ml_models = [await create_ml_model(client) for _ in range(3)]

    items = await listed(client, sort=sort)

    assert sorted(item["id"] for item in items) == [each["id"] for each in ml_models]
    turned = sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"
    assert await listed(client, sort=turned) == items[::-1]


async def test_total_counts_all_when_asked(client: AsyncClient) -> None:
    for _ in range(3):
        await create_ml_model(client)

    response = await client.get(ML_MODELS, params={"limit": 1, "total": True})

    assert response.json()["total"] == 3
    assert len(response.json()["items"]) == 1


@pytest.mark.parametrize(
    ("field", "ascending"),
    [("task", ["a", "b", "c"])],
)
async def test_sort_goes_by_value(client: AsyncClient, field: str, ascending: list[object]) -> None:
    for value in [*ascending[1:], ascending[0]]:
        await create_ml_model(client, **{field: value})

    assert [item[field] for item in await listed(client, sort=field)] == ascending
    assert [item[field] for item in await listed(client, sort=f"-{field}")] == ascending[::-1]


@pytest.mark.parametrize(
    ("field", "value", "other"),
    [("task", "a", "b"), ("framework", "a", "b")],
    ids="{!r:.30}".format,
)
async def test_list_can_be_filtered_by_a_value(
    client: AsyncClient, field: str, value: Any, other: Any
) -> None:
    ml_model = await create_ml_model(client, **{field: value})
    await create_ml_model(client, **{field: other})

    assert await listed(client, **{field: value}) == [ml_model]
    response = await client.get(ML_MODELS, params={field: value, "total": True})
    assert response.json()["total"] == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("limit", "0"), ("sort", "none"), ("project_id", "none"), ("task", ""), ("framework", "")],
)
async def test_wrong_query_parameter_is_refused(client: AsyncClient, name: str, value: str) -> None:
    response = await client.get(ML_MODELS, params={name: value})

    assert response.status_code == 422
    assert list(response.json()["errors"]) == [f"query.{name}"]


async def test_unknown_query_parameter_is_refused(client: AsyncClient) -> None:
    response = await client.get(ML_MODELS, params={"unknown": 1})

    assert_invalid(response, {"query": ["Extra inputs are not permitted"]})


async def test_unknown_project_id_conflicts(client: AsyncClient) -> None:
    ml_model = await create_ml_model(client)
    body = await new_ml_model(client) | {"project_id": UNKNOWN_ID}

    created = await client.post(ML_MODELS, json=body)
    patched = await client.patch(path_of(ml_model), json={"project_id": UNKNOWN_ID})

    for response in (created, patched):
        assert response.status_code == 409
        assert response.json()["detail"] == BROKEN
    assert (await client.get(path_of(ml_model))).json() == ml_model


async def test_list_can_be_filtered_by_project_id(client: AsyncClient) -> None:
    ml_model = await create_ml_model(client, **await whole_ml_model(client))
    await create_ml_model(client, **await whole_ml_model(client))

    assert await listed(client, project_id=ml_model["project_id"]) == [ml_model]
    assert await listed(client, project_id=UNKNOWN_ID) == []


async def test_project_id_can_be_changed(client: AsyncClient) -> None:
    ml_model = await create_ml_model(client, **await whole_ml_model(client))
    other = await create_project(client)

    response = await client.patch(path_of(ml_model), json={"project_id": other["id"]})

    assert response.json()["project_id"] == other["id"]
    assert response.json()["version"] == 2


async def test_deletion_of_what_project_id_names_conflicts(client: AsyncClient) -> None:
    project = await create_project(client)
    ml_model = await create_ml_model(client, project_id=project["id"])

    response = await client.delete(f"{PROJECTS}/{project['id']}")

    assert response.status_code == 409
    assert response.json()["detail"] == BROKEN
    assert (await client.get(path_of(ml_model))).json() == ml_model


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_ml_model_of_somebody_else_is_not_there(
    client: AsyncClient, other: AsyncClient, method: str
) -> None:
    theirs = await create_ml_model(other)
    body: Json | None = {} if method == "PATCH" else None

    response = await client.request(method, path_of(theirs), json=body)

    assert_problem(response, 404, UNKNOWN)
    assert (await other.get(path_of(theirs))).json() == theirs


async def test_list_shows_and_counts_only_ones_own(client: AsyncClient, other: AsyncClient) -> None:
    theirs = await create_ml_model(other)
    ml_model = await create_ml_model(client)

    assert await listed(client) == [ml_model]
    assert await listed(other) == [theirs]
    response = await client.get(ML_MODELS, params={"total": True})
    assert response.json()["total"] == 1


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_owner_is_not_for_clients_to_choose(client: AsyncClient, method: str) -> None:
    ml_model = await create_ml_model(client)
    url = ML_MODELS if method == "POST" else path_of(ml_model)
    body = await new_ml_model(client) if method == "POST" else {}

    response = await client.request(method, url, json=body | {"owner_id": UNKNOWN_ID})

    assert_invalid(response, {"body": ["Extra inputs are not permitted"]})


async def test_project_id_of_somebody_else_conflicts(
    client: AsyncClient, other: AsyncClient
) -> None:
    ml_model = await create_ml_model(client)
    theirs = await create_project(other)

    created = await client.post(
        ML_MODELS, json=await new_ml_model(client) | {"project_id": theirs["id"]}
    )
    patched = await client.patch(path_of(ml_model), json={"project_id": theirs["id"]})

    for response in (created, patched):
        assert response.status_code == 409
        assert response.json()["detail"] == BROKEN
    assert (await client.get(path_of(ml_model))).json() == ml_model
