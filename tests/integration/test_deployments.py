from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from tests.api import UNKNOWN_ID, Json, assert_invalid, assert_problem
from tests.integration.test_model_versions import MODEL_VERSIONS, create_model_version

DEPLOYMENTS = "/api/v1/deployments"
BROKEN = "The change breaks a reference between two rows."
UNKNOWN = "There is no such deployment."


async def new_deployment(client: AsyncClient) -> Json:
    """What has to be said of a new one, and is not taken."""
    return {
        "version_id": (await create_model_version(client))["id"],
        "environment": "development",
        "image": "a",
    }


async def whole_deployment(client: AsyncClient) -> Json:
    """All that can be said of a new one."""
    return await new_deployment(client) | {
        "cpu_millis": 1,
        "memory_mib": 1,
        "variables": {"a": "1"},
        "replicas": 0,
    }


async def create_deployment(client: AsyncClient, **fields: Any) -> Json:
    response = await client.post(DEPLOYMENTS, json=await new_deployment(client) | fields)
    assert response.status_code == 201, response.text
    deployment: Json = response.json()
    return deployment


def path_of(deployment: Json) -> str:
    return f"{DEPLOYMENTS}/{deployment['id']}"


async def listed(client: AsyncClient, **query: Any) -> list[Json]:
    """All pages of a list."""
    response = await client.get(DEPLOYMENTS, params={"limit": 2, **query})
    assert response.status_code == 200, response.text
    page = response.json()
    items: list[Json] = page["items"]
    if page["next_cursor"]:
        items += await listed(client, **query | {"cursor": page["next_cursor"]})
    return items


async def test_created_deployment_is_shown_whole_and_with_defaults(client: AsyncClient) -> None:
    body = await new_deployment(client)

    response = await client.post(DEPLOYMENTS, json=body)

    deployment = response.json()
    assert response.status_code == 201
    assert deployment == {
        "id": deployment["id"],
        "version": 1,
        "created_at": deployment["created_at"],
        "updated_at": deployment["updated_at"],
        "version_id": body["version_id"],
        "environment": body["environment"],
        "image": body["image"],
        "cpu_millis": 1000,
        "memory_mib": 1024,
        "variables": {},
        "replicas": 1,
        "status": "pending",
        "reason": None,
    }
    assert UUID(deployment["id"]).version == 7
    assert response.headers["location"] == path_of(deployment)


async def test_location_of_a_created_deployment_leads_to_it(client: AsyncClient) -> None:
    created = await client.post(DEPLOYMENTS, json=await whole_deployment(client))

    response = await client.get(created.headers["location"])

    assert response.status_code == 200
    assert response.json() == created.json()
    assert response.headers["etag"] == created.headers["etag"] == '"1"'


async def test_timestamps_are_utc_and_of_now(client: AsyncClient) -> None:
    deployment = await create_deployment(client)

    created_at = datetime.fromisoformat(deployment["created_at"])
    assert created_at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - created_at) < timedelta(seconds=10)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("environment", "development"),
        ("environment", "production"),
        ("environment", "staging"),
        ("image", "a"),
        ("image", "b"),
        ("image", "c"),
        ("image", "漢" * 300),
        ("image", "🚀"),
        ("cpu_millis", 1),
        ("cpu_millis", 2),
        ("cpu_millis", 3),
        ("cpu_millis", 1000000),
        ("memory_mib", 1),
        ("memory_mib", 2),
        ("memory_mib", 3),
        ("memory_mib", 10000000),
        ("variables", {"a": "1"}),
        ("variables", {"LOG_LEVEL": "debug", "_1": ""}),
        ("variables", {}),
        ("variables", {"text": "ä 漢 🚀 \\u0000 'quoted'"}),
        ("variables", {"x" * 100: "漢" * 2000}),
        ("variables", {f"v{n}": "x" for n in range(100)}),
        ("replicas", 0),
        ("replicas", 1),
        ("replicas", 2),
        ("replicas", 1000),
    ],
    ids="{!r:.30}".format,
)
async def test_value_comes_back_as_it_went_in(
    client: AsyncClient, field: str, value: object
) -> None:
    deployment = await create_deployment(client, **{field: value})

    response = await client.get(path_of(deployment))

    assert response.json()[field] == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("environment", None),
        ("environment", 1),
        ("environment", "none such"),
        ("environment", []),
        ("image", None),
        ("image", 1),
        ("image", True),
        ("image", []),
        ("image", {}),
        ("image", "a\x00b"),
        ("image", ""),
        ("image", " "),
        ("image", "\u3000"),
        ("image", "\x1c"),
        ("image", "x" * 301),
        ("cpu_millis", None),
        ("cpu_millis", "1"),
        ("cpu_millis", 1.5),
        ("cpu_millis", True),
        ("cpu_millis", []),
        ("cpu_millis", 0),
        ("cpu_millis", 1000001),
        ("memory_mib", None),
        ("memory_mib", "1"),
        ("memory_mib", 1.5),
        ("memory_mib", True),
        ("memory_mib", []),
        ("memory_mib", 0),
        ("memory_mib", 10000001),
        ("variables", None),
        ("variables", []),
        ("variables", "text"),
        ("variables", {"key": 1}),
        ("variables", {"key": None}),
        ("variables", {"key": "a\x00b"}),
        ("variables", {"key": "x" * 2001}),
        ("variables", {"": "1"}),
        ("variables", {"1a": "1"}),
        ("variables", {"a-b": "1"}),
        ("variables", {"ä": "1"}),
        ("variables", {"a\n": "1"}),
        ("variables", {"x" * 101: "1"}),
        ("variables", {f"v{n}": "x" for n in range(101)}),
        ("variables", {f"v{n}": "漢" * 2000 for n in range(11)}),
        ("replicas", None),
        ("replicas", "1"),
        ("replicas", 1.5),
        ("replicas", True),
        ("replicas", []),
        ("replicas", -1),
        ("replicas", 1001),
    ],
    ids="{!r:.30}".format,
)
async def test_wrong_value_is_refused_and_named(
    client: AsyncClient, field: str, value: object
) -> None:
    deployment = await create_deployment(client)

    created = await client.post(DEPLOYMENTS, json=await new_deployment(client) | {field: value})
    patched = await client.patch(path_of(deployment), json={field: value})

    for response in (created, patched):
        assert response.status_code == 422
        assert list(response.json()["errors"]) == [f"body.{field}"]
    assert await listed(client) == [deployment]


async def test_white_space_around_image_is_dropped(client: AsyncClient) -> None:
    deployment = await create_deployment(client, image=" a\n")

    assert deployment["image"] == "a"


@pytest.mark.parametrize(
    "field", ["id", "version", "created_at", "updated_at", "reason", "unknown"]
)
async def test_field_that_clients_do_not_set_is_refused(client: AsyncClient, field: str) -> None:
    deployment = await create_deployment(client)
    body = await new_deployment(client)

    created = await client.post(DEPLOYMENTS, json=body | {field: deployment.get(field)})
    patched = await client.patch(path_of(deployment), json={field: deployment.get(field)})

    assert_invalid(created, {"body": ["Extra inputs are not permitted"]})
    assert_invalid(patched, {"body": ["Extra inputs are not permitted"]})


@pytest.mark.parametrize("field", ["environment", "image"])
async def test_missing_field_is_named(client: AsyncClient, field: str) -> None:
    body = await new_deployment(client)
    del body[field]

    response = await client.post(DEPLOYMENTS, json=body)

    assert_invalid(response, {f"body.{field}": ["Field required"]})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("environment", "production"),
        ("image", "b"),
        ("cpu_millis", 2),
        ("memory_mib", 2),
        ("variables", {"b": "1"}),
        ("replicas", 1),
        ("status", "running"),
    ],
    ids="{!r:.30}".format,
)
async def test_patch_changes_only_what_is_sent(
    client: AsyncClient, field: str, value: object
) -> None:
    deployment = await create_deployment(client, **await whole_deployment(client))

    response = await client.patch(path_of(deployment), json={field: value})

    assert response.status_code == 200
    changed = response.json()
    assert changed == deployment | {
        field: value,
        "version": 2,
        "updated_at": changed["updated_at"],
    }
    assert changed["updated_at"] > deployment["updated_at"]
    assert (await client.get(path_of(deployment))).json() == changed


@pytest.mark.parametrize(
    "field",
    [
        None,
        "environment",
        "image",
        "cpu_millis",
        "memory_mib",
        "variables",
        "replicas",
        "status",
    ],
)
async def test_patch_that_changes_nothing_leaves_version_and_time(
    client: AsyncClient, field: str | None
) -> None:
    deployment = await create_deployment(client, **await whole_deployment(client))

    changes = {field: deployment[field]} if field else {}
    response = await client.patch(path_of(deployment), json=changes)

    assert response.status_code == 200
    assert response.json() == deployment


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_other_version_may_not_be_changed(client: AsyncClient, method: str) -> None:
    deployment = await create_deployment(client)
    body: Json | None = {} if method == "PATCH" else None

    stale = await client.request(
        method, path_of(deployment), json=body, headers={"If-Match": '"2"'}
    )
    assert stale.status_code == 412
    assert (await client.get(path_of(deployment))).json() == deployment

    current = await client.request(
        method, path_of(deployment), json=body, headers={"If-Match": '"1"'}
    )
    assert current.is_success


async def test_version_that_the_client_has_is_not_sent_again(client: AsyncClient) -> None:
    deployment = await create_deployment(client)

    response = await client.get(path_of(deployment), headers={"If-None-Match": '"1"'})

    assert response.status_code == 304
    assert response.content == b""


async def test_repeated_request_with_a_key_is_answered_alike_and_done_once(
    client: AsyncClient,
) -> None:
    body, headers = await new_deployment(client), {"Idempotency-Key": "first"}

    first = await client.post(DEPLOYMENTS, json=body, headers=headers)
    second = await client.post(DEPLOYMENTS, json=body, headers=headers)

    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert await listed(client) == [first.json()]


async def test_deleted_deployment_is_gone(client: AsyncClient) -> None:
    deployment = await create_deployment(client)

    response = await client.delete(path_of(deployment))

    assert response.status_code == 204
    assert response.content == b""
    assert_problem(await client.get(path_of(deployment)), 404, UNKNOWN)
    assert await listed(client) == []


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_unknown_id_is_not_found(client: AsyncClient, method: str) -> None:
    body: Json | None = {} if method == "PATCH" else None

    response = await client.request(method, f"{DEPLOYMENTS}/{UNKNOWN_ID}", json=body)

    assert_problem(response, 404, UNKNOWN)


@pytest.mark.parametrize("wrong_id", ["1", "none", "01900000-0000-7000-8000-00000000000g", "%00"])
async def test_what_is_no_id_is_not_found(client: AsyncClient, wrong_id: str) -> None:
    response = await client.get(f"{DEPLOYMENTS}/{wrong_id}")

    assert_problem(response, 404, "Not Found")


async def test_empty_list_is_an_empty_page(client: AsyncClient) -> None:
    response = await client.get(DEPLOYMENTS)

    assert response.json() == {"items": [], "next_cursor": None, "total": None}


@pytest.mark.parametrize("sort", ["id", "-id"])
async def test_every_sort_lists_all_pages_in_order(client: AsyncClient, sort: str) -> None:
    deployments = [await create_deployment(client) for _ in range(3)]

    items = await listed(client, sort=sort)

    assert sorted(item["id"] for item in items) == [each["id"] for each in deployments]
    turned = sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"
    assert await listed(client, sort=turned) == items[::-1]


async def test_total_counts_all_when_asked(client: AsyncClient) -> None:
    for _ in range(3):
        await create_deployment(client)

    response = await client.get(DEPLOYMENTS, params={"limit": 1, "total": True})

    assert response.json()["total"] == 3
    assert len(response.json()["items"]) == 1


@pytest.mark.parametrize(
    ("field", "value", "other"),
    [("environment", "development", "production")],
    ids="{!r:.30}".format,
)
async def test_list_can_be_filtered_by_a_value(
    client: AsyncClient, field: str, value: Any, other: Any
) -> None:
    deployment = await create_deployment(client, **{field: value})
    await create_deployment(client, **{field: other})

    assert await listed(client, **{field: value}) == [deployment]
    response = await client.get(DEPLOYMENTS, params={field: value, "total": True})
    assert response.json()["total"] == 1


@pytest.mark.parametrize(
    ("field", "ascending"),
    [("cpu_millis", [1, 2, 3]), ("memory_mib", [1, 2, 3]), ("replicas", [0, 1, 2])],
)
async def test_list_can_be_filtered_by_a_range(
    client: AsyncClient, field: str, ascending: list[Any]
) -> None:
    deployments = [await create_deployment(client, **{field: value}) for value in ascending]
    low, high = f"{field}_min", f"{field}_max"

    assert await listed(client, sort="id", **{low: ascending[1]}) == deployments[1:]
    assert await listed(client, sort="id", **{high: ascending[-2]}) == deployments[:-1]
    assert await listed(client, **{low: ascending[1], high: ascending[1]}) == deployments[1:2]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("sort", "none"),
        ("version_id", "none"),
        ("environment", "none"),
        ("status", "none"),
        ("cpu_millis_min", "none"),
        ("cpu_millis_max", "none"),
        ("memory_mib_min", "none"),
        ("memory_mib_max", "none"),
        ("replicas_min", "none"),
        ("replicas_max", "none"),
    ],
)
async def test_wrong_query_parameter_is_refused(client: AsyncClient, name: str, value: str) -> None:
    response = await client.get(DEPLOYMENTS, params={name: value})

    assert response.status_code == 422
    assert list(response.json()["errors"]) == [f"query.{name}"]


async def test_unknown_query_parameter_is_refused(client: AsyncClient) -> None:
    response = await client.get(DEPLOYMENTS, params={"unknown": 1})

    assert_invalid(response, {"query": ["Extra inputs are not permitted"]})


async def test_unknown_version_id_conflicts(client: AsyncClient) -> None:
    deployment = await create_deployment(client)
    body = await new_deployment(client) | {"version_id": UNKNOWN_ID}

    response = await client.post(DEPLOYMENTS, json=body)

    assert response.status_code == 409
    assert response.json()["detail"] == BROKEN
    assert await listed(client) == [deployment]


async def test_list_can_be_filtered_by_version_id(client: AsyncClient) -> None:
    deployment = await create_deployment(client, **await whole_deployment(client))
    await create_deployment(client, **await whole_deployment(client))

    assert await listed(client, version_id=deployment["version_id"]) == [deployment]
    assert await listed(client, version_id=UNKNOWN_ID) == []


async def test_deletion_of_what_version_id_names_conflicts(client: AsyncClient) -> None:
    model_version = await create_model_version(client)
    deployment = await create_deployment(client, version_id=model_version["id"])

    response = await client.delete(f"{MODEL_VERSIONS}/{model_version['id']}")

    assert response.status_code == 409
    assert response.json()["detail"] == BROKEN
    assert (await client.get(path_of(deployment))).json() == deployment


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_deployment_of_somebody_else_is_not_there(
    client: AsyncClient, other: AsyncClient, method: str
) -> None:
    theirs = await create_deployment(other)
    body: Json | None = {} if method == "PATCH" else None

    response = await client.request(method, path_of(theirs), json=body)

    assert_problem(response, 404, UNKNOWN)
    assert (await other.get(path_of(theirs))).json() == theirs


async def test_list_shows_and_counts_only_ones_own(client: AsyncClient, other: AsyncClient) -> None:
    theirs = await create_deployment(other)
    deployment = await create_deployment(client)

    assert await listed(client) == [deployment]
    assert await listed(other) == [theirs]
    response = await client.get(DEPLOYMENTS, params={"total": True})
    assert response.json()["total"] == 1


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_owner_is_not_for_clients_to_choose(client: AsyncClient, method: str) -> None:
    deployment = await create_deployment(client)
    url = DEPLOYMENTS if method == "POST" else path_of(deployment)
    body = await new_deployment(client) if method == "POST" else {}

    response = await client.request(method, url, json=body | {"owner_id": UNKNOWN_ID})

    assert_invalid(response, {"body": ["Extra inputs are not permitted"]})


async def test_version_id_of_somebody_else_conflicts(
    client: AsyncClient, other: AsyncClient
) -> None:
    deployment = await create_deployment(client)
    theirs = await create_model_version(other)

    response = await client.post(
        DEPLOYMENTS, json=await new_deployment(client) | {"version_id": theirs["id"]}
    )

    assert response.status_code == 409
    assert response.json()["detail"] == BROKEN
    assert await listed(client) == [deployment]
