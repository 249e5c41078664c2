from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from tests.api import UNKNOWN_ID, Json, assert_invalid, assert_problem
from tests.integration.test_ml_models import ML_MODELS, create_ml_model
from tests.integration.test_model_versions import MODEL_VERSIONS, create_model_version

MODEL_ALIASES = "/api/v1/model-aliases"
TAKEN = "A value that must be unique is already taken."
BROKEN = "The change breaks a reference between two rows."
UNKNOWN = "There is no such model alias."
numbers = count()


async def new_model_alias(client: AsyncClient) -> Json:
    """What has to be said of a new one, and is not taken."""
    number = next(numbers)
    model_version = await create_model_version(client)
    return {
        "ml_model_id": model_version["ml_model_id"],
        "version_id": model_version["id"],
        "name": ["a", "qmo", "y1", "pfyn", "xul", "n8", "wmhu"][number % 7],
    }


async def whole_model_alias(client: AsyncClient) -> Json:
    """All that can be said of a new one."""
    return await new_model_alias(client) | {}


async def create_model_alias(client: AsyncClient, **fields: Any) -> Json:
    response = await client.post(MODEL_ALIASES, json=await new_model_alias(client) | fields)
    assert response.status_code == 201, response.text
    model_alias: Json = response.json()
    return model_alias


def path_of(model_alias: Json) -> str:
    return f"{MODEL_ALIASES}/{model_alias['id']}"


async def listed(client: AsyncClient, **query: Any) -> list[Json]:
    """All pages of a list."""
    response = await client.get(MODEL_ALIASES, params={"limit": 2, **query})
    assert response.status_code == 200, response.text
    page = response.json()
    items: list[Json] = page["items"]
    if page["next_cursor"]:
        items += await listed(client, **query | {"cursor": page["next_cursor"]})
    return items


async def test_created_model_alias_is_shown_whole_and_with_defaults(client: AsyncClient) -> None:
    body = await new_model_alias(client)

    response = await client.post(MODEL_ALIASES, json=body)

    model_alias = response.json()
    assert response.status_code == 201
    assert model_alias == {
        "id": model_alias["id"],
        "version": 1,
        "created_at": model_alias["created_at"],
        "updated_at": model_alias["updated_at"],
        "ml_model_id": body["ml_model_id"],
        "version_id": body["version_id"],
        "name": body["name"],
    }
    assert UUID(model_alias["id"]).version == 7
    assert response.headers["location"] == path_of(model_alias)


async def test_location_of_a_created_model_alias_leads_to_it(client: AsyncClient) -> None:
    created = await client.post(MODEL_ALIASES, json=await whole_model_alias(client))

    response = await client.get(created.headers["location"])

    assert response.status_code == 200
    assert response.json() == created.json()
    assert response.headers["etag"] == created.headers["etag"] == '"1"'


async def test_timestamps_are_utc_and_of_now(client: AsyncClient) -> None:
    model_alias = await create_model_alias(client)

    created_at = datetime.fromisoformat(model_alias["created_at"])
    assert created_at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - created_at) < timedelta(seconds=10)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "champion"), ("name", "m14"), ("name", "u")],
    ids="{!r:.30}".format,
)
async def test_value_comes_back_as_it_went_in(
    client: AsyncClient, field: str, value: object
) -> None:
    model_alias = await create_model_alias(client, **{field: value})

    response = await client.get(path_of(model_alias))

    assert response.json()[field] == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version_id", None),
        ("version_id", 1),
        ("version_id", "1"),
        ("version_id", []),
        ("name", None),
        ("name", 1),
        ("name", True),
        ("name", []),
        ("name", {}),
        ("name", "a\x00b"),
        ("name", "x" * 51),
    ],
    ids="{!r:.30}".format,
)
async def test_wrong_value_is_refused_and_named(
    client: AsyncClient, field: str, value: object
) -> None:
    model_alias = await create_model_alias(client)

    created = await client.post(MODEL_ALIASES, json=await new_model_alias(client) | {field: value})
    patched = await client.patch(path_of(model_alias), json={field: value})

    for response in (created, patched):
        assert response.status_code == 422
        assert list(response.json()["errors"]) == [f"body.{field}"]
    assert await listed(client) == [model_alias]


@pytest.mark.parametrize("field", ["id", "version", "created_at", "updated_at", "unknown"])
async def test_field_that_clients_do_not_set_is_refused(client: AsyncClient, field: str) -> None:
    model_alias = await create_model_alias(client)
    body = await new_model_alias(client)

    created = await client.post(MODEL_ALIASES, json=body | {field: model_alias.get(field)})
    patched = await client.patch(path_of(model_alias), json={field: model_alias.get(field)})

    assert_invalid(created, {"body": ["Extra inputs are not permitted"]})
    assert_invalid(patched, {"body": ["Extra inputs are not permitted"]})


@pytest.mark.parametrize("field", ["ml_model_id", "version_id", "name"])
async def test_missing_field_is_named(client: AsyncClient, field: str) -> None:
    body = await new_model_alias(client)
    del body[field]

    response = await client.post(MODEL_ALIASES, json=body)

    assert_invalid(response, {f"body.{field}": ["Field required"]})


async def test_taken_ml_model_id_and_name_conflicts(client: AsyncClient) -> None:
    body = await whole_model_alias(client)
    await create_model_alias(client, **body)

    response = await client.post(MODEL_ALIASES, json=body)

    assert_problem(response, 409, TAKEN, errors={"body.ml_model_id": [TAKEN], "body.name": [TAKEN]})


async def test_change_to_a_taken_name_conflicts_and_changes_nothing(client: AsyncClient) -> None:
    body = await whole_model_alias(client)
    first = await create_model_alias(client, **body)
    model_alias = await create_model_alias(client, **body | {"name": "second"})

    response = await client.patch(path_of(model_alias), json={"name": first["name"]})

    assert_problem(response, 409, TAKEN, errors={"body.ml_model_id": [TAKEN], "body.name": [TAKEN]})
    assert (await client.get(path_of(model_alias))).json() == model_alias


async def test_ml_model_id_and_name_of_a_deleted_model_alias_is_free(client: AsyncClient) -> None:
    body = await whole_model_alias(client)
    model_alias = await create_model_alias(client, **body)
    await client.delete(path_of(model_alias))

    assert (await create_model_alias(client, **body))["id"] != model_alias["id"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "m14")],
    ids="{!r:.30}".format,
)
async def test_patch_changes_only_what_is_sent(
    client: AsyncClient, field: str, value: object
) -> None:
    model_alias = await create_model_alias(client, **await whole_model_alias(client))

    response = await client.patch(path_of(model_alias), json={field: value})

    assert response.status_code == 200
    changed = response.json()
    assert changed == model_alias | {
        field: value,
        "version": 2,
        "updated_at": changed["updated_at"],
    }
    assert changed["updated_at"] > model_alias["updated_at"]
    assert (await client.get(path_of(model_alias))).json() == changed


@pytest.mark.parametrize("field", [None, "version_id", "name"])
async def test_patch_that_changes_nothing_leaves_version_and_time(
    client: AsyncClient, field: str | None
) -> None:
    model_alias = await create_model_alias(client, **await whole_model_alias(client))

    changes = {field: model_alias[field]} if field else {}
    response = await client.patch(path_of(model_alias), json=changes)

    assert response.status_code == 200
    assert response.json() == model_alias


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_other_version_may_not_be_changed(client: AsyncClient, method: str) -> None:
    model_alias = await create_model_alias(client)
    body: Json | None = {} if method == "PATCH" else None

    stale = await client.request(
        method, path_of(model_alias), json=body, headers={"If-Match": '"2"'}
    )
    assert stale.status_code == 412
    assert (await client.get(path_of(model_alias))).json() == model_alias

    current = await client.request(
        method, path_of(model_alias), json=body, headers={"If-Match": '"1"'}
    )
    assert current.is_success


async def test_version_that_the_client_has_is_not_sent_again(client: AsyncClient) -> None:
    model_alias = await create_model_alias(client)

    response = await client.get(path_of(model_alias), headers={"If-None-Match": '"1"'})

    assert response.status_code == 304
    assert response.content == b""


async def test_repeated_request_with_a_key_is_answered_alike_and_done_once(
    client: AsyncClient,
) -> None:
    body, headers = await new_model_alias(client), {"Idempotency-Key": "first"}

    first = await client.post(MODEL_ALIASES, json=body, headers=headers)
    second = await client.post(MODEL_ALIASES, json=body, headers=headers)

    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert await listed(client) == [first.json()]


async def test_deleted_model_alias_is_gone(client: AsyncClient) -> None:
    model_alias = await create_model_alias(client)

    response = await client.delete(path_of(model_alias))

    assert response.status_code == 204
    assert response.content == b""
    assert_problem(await client.get(path_of(model_alias)), 404, UNKNOWN)
    assert await listed(client) == []


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_unknown_id_is_not_found(client: AsyncClient, method: str) -> None:
    body: Json | None = {} if method == "PATCH" else None

    response = await client.request(method, f"{MODEL_ALIASES}/{UNKNOWN_ID}", json=body)

    assert_problem(response, 404, UNKNOWN)


@pytest.mark.parametrize("wrong_id", ["1", "none", "01900000-0000-7000-8000-00000000000g", "%00"])
async def test_what_is_no_id_is_not_found(client: AsyncClient, wrong_id: str) -> None:
    response = await client.get(f"{MODEL_ALIASES}/{wrong_id}")

    assert_problem(response, 404, "Not Found")


async def test_empty_list_is_an_empty_page(client: AsyncClient) -> None:
    response = await client.get(MODEL_ALIASES)

    assert response.json() == {"items": [], "next_cursor": None, "total": None}


@pytest.mark.parametrize("sort", ["id", "-id"])
async def test_every_sort_lists_all_pages_in_order(client: AsyncClient, sort: str) -> None:
    model_aliases = [await create_model_alias(client) for _ in range(3)]

    items = await listed(client, sort=sort)

    assert sorted(item["id"] for item in items) == [each["id"] for each in model_aliases]
    turned = sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"
    assert await listed(client, sort=turned) == items[::-1]


async def test_total_counts_all_when_asked(client: AsyncClient) -> None:
    for _ in range(3):
        await create_model_alias(client)

    response = await client.get(MODEL_ALIASES, params={"limit": 1, "total": True})

    assert response.json()["total"] == 3
    assert len(response.json()["items"]) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("limit", "0"), ("sort", "none"), ("ml_model_id", "none"), ("version_id", "none")],
)
async def test_wrong_query_parameter_is_refused(client: AsyncClient, name: str, value: str) -> None:
    response = await client.get(MODEL_ALIASES, params={name: value})

    assert response.status_code == 422
    assert list(response.json()["errors"]) == [f"query.{name}"]


async def test_unknown_query_parameter_is_refused(client: AsyncClient) -> None:
    response = await client.get(MODEL_ALIASES, params={"unknown": 1})

    assert_invalid(response, {"query": ["Extra inputs are not permitted"]})


async def test_unknown_ml_model_id_conflicts(client: AsyncClient) -> None:
    body = await new_model_alias(client) | {"ml_model_id": UNKNOWN_ID}

    response = await client.post(MODEL_ALIASES, json=body)

    assert response.status_code == 409
    assert response.json()["detail"] == BROKEN


async def test_list_can_be_filtered_by_ml_model_id(client: AsyncClient) -> None:
    model_alias = await create_model_alias(client, **await whole_model_alias(client))
    await create_model_alias(client, **await whole_model_alias(client))

    assert await listed(client, ml_model_id=model_alias["ml_model_id"]) == [model_alias]
    assert await listed(client, ml_model_id=UNKNOWN_ID) == []


async def test_deletion_of_what_ml_model_id_names_conflicts(client: AsyncClient) -> None:
    model_alias = await create_model_alias(client)

    response = await client.delete(f"{ML_MODELS}/{model_alias['ml_model_id']}")

    assert response.status_code == 409
    assert response.json()["detail"] == BROKEN
    assert (await client.get(path_of(model_alias))).json() == model_alias


async def test_unknown_version_id_conflicts(client: AsyncClient) -> None:
    model_alias = await create_model_alias(client)
    body = await new_model_alias(client) | {"version_id": UNKNOWN_ID}

    created = await client.post(MODEL_ALIASES, json=body)
    patched = await client.patch(path_of(model_alias), json={"version_id": UNKNOWN_ID})

    for response in (created, patched):
        assert response.status_code == 409
        assert response.json()["detail"] == BROKEN
    assert (await client.get(path_of(model_alias))).json() == model_alias


async def test_list_can_be_filtered_by_version_id(client: AsyncClient) -> None:
    model_alias = await create_model_alias(client, **await whole_model_alias(client))
    await create_model_alias(client, **await whole_model_alias(client))

    assert await listed(client, version_id=model_alias["version_id"]) == [model_alias]
    assert await listed(client, version_id=UNKNOWN_ID) == []


async def test_version_id_can_be_changed(client: AsyncClient) -> None:
    model_alias = await create_model_alias(client, **await whole_model_alias(client))
    other = await create_model_version(client, ml_model_id=model_alias["ml_model_id"])

    response = await client.patch(path_of(model_alias), json={"version_id": other["id"]})

    assert response.json()["version_id"] == other["id"]
    assert response.json()["version"] == 2


async def test_deletion_of_what_version_id_names_conflicts(client: AsyncClient) -> None:
    model_alias = await create_model_alias(client)

    response = await client.delete(f"{MODEL_VERSIONS}/{model_alias['version_id']}")

    assert response.status_code == 409
    assert response.json()["detail"] == BROKEN
    assert (await client.get(path_of(model_alias))).json() == model_alias


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_model_alias_of_somebody_else_is_not_there(
    client: AsyncClient, other: AsyncClient, method: str
) -> None:
    theirs = await create_model_alias(other)
    body: Json | None = {} if method == "PATCH" else None

    response = await client.request(method, path_of(theirs), json=body)

    assert_problem(response, 404, UNKNOWN)
    assert (await other.get(path_of(theirs))).json() == theirs


async def test_list_shows_and_counts_only_ones_own(client: AsyncClient, other: AsyncClient) -> None:
    theirs = await create_model_alias(other)
    model_alias = await create_model_alias(client)

    assert await listed(client) == [model_alias]
    assert await listed(other) == [theirs]
    response = await client.get(MODEL_ALIASES, params={"total": True})
    assert response.json()["total"] == 1


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_owner_is_not_for_clients_to_choose(client: AsyncClient, method: str) -> None:
    model_alias = await create_model_alias(client)
    url = MODEL_ALIASES if method == "POST" else path_of(model_alias)
    body = await new_model_alias(client) if method == "POST" else {}

    response = await client.request(method, url, json=body | {"owner_id": UNKNOWN_ID})

    assert_invalid(response, {"body": ["Extra inputs are not permitted"]})


async def test_ml_model_id_of_somebody_else_conflicts(
    client: AsyncClient, other: AsyncClient
) -> None:
    theirs = await create_ml_model(other)
    body = await new_model_alias(client) | {"ml_model_id": theirs["id"]}

    response = await client.post(MODEL_ALIASES, json=body)

    assert response.status_code == 409
    assert response.json()["detail"] == BROKEN


async def test_version_id_of_somebody_else_conflicts(
    client: AsyncClient, other: AsyncClient
) -> None:
    model_alias = await create_model_alias(client)
    theirs = await create_model_version(other)

    created = await client.post(
        MODEL_ALIASES, json=await new_model_alias(client) | {"version_id": theirs["id"]}
    )
    patched = await client.patch(path_of(model_alias), json={"version_id": theirs["id"]})

    for response in (created, patched):
        assert response.status_code == 409
        assert response.json()["detail"] == BROKEN
    assert (await client.get(path_of(model_alias))).json() == model_alias
