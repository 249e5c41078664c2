from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from tests.api import UNKNOWN_ID, Json, assert_invalid, assert_problem
from tests.integration.test_experiments import EXPERIMENTS, create_experiment
from tests.integration.test_ml_models import ML_MODELS, create_ml_model

MODEL_VERSIONS = "/api/v1/model-versions"
BROKEN = "The change breaks a reference between two rows."
UNKNOWN = "There is no such model version."


async def new_model_version(client: AsyncClient) -> Json:
    """What has to be said of a new one, and is not taken."""
    return {
        "ml_model_id": (await create_ml_model(client))["id"],
        "storage_uri": "s3://models/digits/1",
        "checksum": "sha256:990874f37398b55d2f32e44d73f52440f0ed52b1d1a21b9531c7d5dec47ec30a",
        "size_bytes": 0,
    }


async def whole_model_version(client: AsyncClient) -> Json:
    """All that can be said of a new one."""
    return await new_model_version(client) | {
        "experiment_id": (await create_experiment(client))["id"],
        "metrics": {"a": 0.5},
        "hyperparameters": {"a": 1},
        "stage": "archived",
    }


async def create_model_version(client: AsyncClient, **fields: Any) -> Json:
    response = await client.post(MODEL_VERSIONS, json=await new_model_version(client) | fields)
    assert response.status_code == 201, response.text
    model_version: Json = response.json()
    return model_version


def path_of(model_version: Json) -> str:
    return f"{MODEL_VERSIONS}/{model_version['id']}"


async def listed(client: AsyncClient, **query: Any) -> list[Json]:
    """All pages of a list."""
    response = await client.get(MODEL_VERSIONS, params={"limit": 2, **query})
    assert response.status_code == 200, response.text
    page = response.json()
    items: list[Json] = page["items"]
    if page["next_cursor"]:
        items += await listed(client, **query | {"cursor": page["next_cursor"]})
    return items


async def test_created_model_version_is_shown_whole_and_with_defaults(client: AsyncClient) -> None:
    body = await new_model_version(client)

    response = await client.post(MODEL_VERSIONS, json=body)

    model_version = response.json()
    assert response.status_code == 201
    assert model_version == {
        "id": model_version["id"],
        "version": 1,
        "number": 1,
        "created_at": model_version["created_at"],
        "updated_at": model_version["updated_at"],
        "ml_model_id": body["ml_model_id"],
        "experiment_id": None,
        "storage_uri": body["storage_uri"],
        "checksum": body["checksum"],
        "size_bytes": body["size_bytes"],
        "metrics": {},
        "hyperparameters": {},
        "stage": "development",
    }
    assert UUID(model_version["id"]).version == 7
    assert response.headers["location"] == path_of(model_version)


async def test_location_of_a_created_model_version_leads_to_it(client: AsyncClient) -> None:
    created = await client.post(MODEL_VERSIONS, json=await whole_model_version(client))

    response = await client.get(created.headers["location"])

    assert response.status_code == 200
    assert response.json() == created.json()
    assert response.headers["etag"] == created.headers["etag"] == '"1"'


async def test_timestamps_are_utc_and_of_now(client: AsyncClient) -> None:
    model_version = await create_model_version(client)

    created_at = datetime.fromisoformat(model_version["created_at"])
    assert created_at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - created_at) < timedelta(seconds=10)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("storage_uri", "s3://models/digits/1"),
        ("storage_uri", "ma0://hGid"),
        ("storage_uri", "u://1wN"),
        ("checksum", "sha256:990874f37398b55d2f32e44d73f52440f0ed52b1d1a21b9531c7d5dec47ec30a"),
        ("checksum", "sha256:c3eb1657f09a9147dfcf7ce3479b8602eee73865141dda78f59e4e555a7b52f2"),
        ("checksum", "sha256:ecdfc8bb7d8c7c308e6d147a1b40f8c4edd22e1867888a4bb975b8cde078f2eb"),
        ("size_bytes", 0),
        ("size_bytes", 1),
        ("size_bytes", 2),
        ("size_bytes", 9007199254740991),
        ("metrics", {"a": 1}),
        ("metrics", {"a": 0.1, "b": -1e-9, "c": 1e300}),
        ("metrics", {"ä 漢 🚀 \\u0000 'quoted'": 0.5}),
        ("metrics", {}),
        ("metrics", dict.fromkeys(map(str, range(200)), 0.5)),
        ("hyperparameters", {"a": 1}),
        ("hyperparameters", {"a": 1, "b": None, "c": True, "d": 0.1, "e": "a"}),
        ("hyperparameters", {"ä 漢 🚀 \\u0000 'quoted'": "ä 漢 🚀 \\u0000 'quoted'"}),
        ("hyperparameters", {}),
        ("hyperparameters", dict.fromkeys(map(str, range(200)), 1)),
        ("stage", "archived"),
        ("stage", "development"),
        ("stage", "production"),
        ("stage", "staging"),
    ],
    ids="{!r:.30}".format,
)
async def test_value_comes_back_as_it_went_in(
    client: AsyncClient, field: str, value: object
) -> None:
    model_version = await create_model_version(client, **{field: value})

    response = await client.get(path_of(model_version))

    assert response.json()[field] == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ml_model_id", None),
        ("ml_model_id", 1),
        ("ml_model_id", "1"),
        ("ml_model_id", []),
        ("experiment_id", 1),
        ("experiment_id", "1"),
        ("experiment_id", []),
        ("storage_uri", None),
        ("storage_uri", 1),
        ("storage_uri", True),
        ("storage_uri", []),
        ("storage_uri", {}),
        ("storage_uri", "a\x00b"),
        ("storage_uri", "x" * 501),
        ("checksum", None),
        ("checksum", 1),
        ("checksum", True),
        ("checksum", []),
        ("checksum", {}),
        ("checksum", "a\x00b"),
        ("checksum", "x" * 201),
        ("size_bytes", None),
        ("size_bytes", "1"),
        ("size_bytes", 1.5),
        ("size_bytes", True),
        ("size_bytes", []),
        ("size_bytes", -1),
        ("size_bytes", 9007199254740992),
        ("metrics", None),
        ("metrics", []),
        ("metrics", "text"),
        ("metrics", {"a": None}),
        ("metrics", {"a": "1"}),
        ("metrics", {"a": True}),
        ("metrics", {"a": {}}),
        ("metrics", {"": 1}),
        ("metrics", {"a\x00b": 1}),
        ("metrics", {"x" * 101: 1}),
        ("metrics", dict.fromkeys(map(str, range(201)), 1)),
        ("hyperparameters", None),
        ("hyperparameters", []),
        ("hyperparameters", "text"),
        ("hyperparameters", {"a": []}),
        ("hyperparameters", {"a": {}}),
        ("hyperparameters", {"": 1}),
        ("hyperparameters", {"key": "a\x00b"}),
        ("hyperparameters", {"a\x00b": 1}),
        ("hyperparameters", {"a": "x" * 501}),
        ("hyperparameters", dict.fromkeys(map(str, range(201)), 1)),
        ("stage", None),
        ("stage", 1),
        ("stage", "none such"),
        ("stage", []),
    ],
    ids="{!r:.30}".format,
)
async def test_wrong_value_is_refused_and_named(
    client: AsyncClient, field: str, value: object
) -> None:
    model_version = await create_model_version(client)

    response = await client.post(
        MODEL_VERSIONS, json=await new_model_version(client) | {field: value}
    )

    assert response.status_code == 422
    assert list(response.json()["errors"]) == [f"body.{field}"]
    assert await listed(client) == [model_version]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("experiment_id", 1),
        ("metrics", None),
        ("metrics", {"a": "1"}),
        ("stage", None),
        ("stage", "none such"),
    ],
    ids="{!r:.30}".format,
)
async def test_change_to_a_wrong_value_is_refused_and_named(
    client: AsyncClient, field: str, value: object
) -> None:
    model_version = await create_model_version(client)

    response = await client.patch(path_of(model_version), json={field: value})

    assert response.status_code == 422
    assert list(response.json()["errors"]) == [f"body.{field}"]
    assert (await client.get(path_of(model_version))).json() == model_version


@pytest.mark.parametrize("field", ["id", "version", "number", "created_at", "unknown"])
async def test_field_that_clients_do_not_set_is_refused(client: AsyncClient, field: str) -> None:
    model_version = await create_model_version(client)
    body = await new_model_version(client)

    created = await client.post(MODEL_VERSIONS, json=body | {field: model_version.get(field)})
    patched = await client.patch(path_of(model_version), json={field: model_version.get(field)})

    assert_invalid(created, {"body": ["Extra inputs are not permitted"]})
    assert_invalid(patched, {"body": ["Extra inputs are not permitted"]})


@pytest.mark.parametrize("field", ["ml_model_id", "storage_uri", "checksum", "size_bytes"])
async def test_missing_field_is_named(client: AsyncClient, field: str) -> None:
    body = await new_model_version(client)
    del body[field]

    response = await client.post(MODEL_VERSIONS, json=body)

    assert_invalid(response, {f"body.{field}": ["Field required"]})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("metrics", {"a": 0.5, "b": -1}),
        ("stage", "development"),
    ],
    ids="{!r:.30}".format,
)
async def test_patch_changes_only_what_is_sent(
    client: AsyncClient, field: str, value: object
) -> None:
    model_version = await create_model_version(client, **await whole_model_version(client))

    response = await client.patch(path_of(model_version), json={field: value})

    assert response.status_code == 200
    changed = response.json()
    assert changed == model_version | {
        field: value,
        "version": 2,
        "updated_at": changed["updated_at"],
    }
    assert changed["updated_at"] > model_version["updated_at"]
    assert (await client.get(path_of(model_version))).json() == changed


@pytest.mark.parametrize("field", [None, "experiment_id", "metrics", "stage"])
async def test_patch_that_changes_nothing_leaves_version_and_time(
    client: AsyncClient, field: str | None
) -> None:
    model_version = await create_model_version(client, **await whole_model_version(client))

    changes = {field: model_version[field]} if field else {}
    response = await client.patch(path_of(model_version), json=changes)

    assert response.status_code == 200
    assert response.json() == model_version


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_other_version_may_not_be_changed(client: AsyncClient, method: str) -> None:
    model_version = await create_model_version(client)
    body: Json | None = {} if method == "PATCH" else None

    stale = await client.request(
        method, path_of(model_version), json=body, headers={"If-Match": '"2"'}
    )
    assert stale.status_code == 412
    assert (await client.get(path_of(model_version))).json() == model_version

    current = await client.request(
        method, path_of(model_version), json=body, headers={"If-Match": '"1"'}
    )
    assert current.is_success


async def test_version_that_the_client_has_is_not_sent_again(client: AsyncClient) -> None:
    model_version = await create_model_version(client)

    response = await client.get(path_of(model_version), headers={"If-None-Match": '"1"'})

    assert response.status_code == 304
    assert response.content == b""


async def test_repeated_request_with_a_key_is_answered_alike_and_done_once(
    client: AsyncClient,
) -> None:
    body, headers = await new_model_version(client), {"Idempotency-Key": "first"}

    first = await client.post(MODEL_VERSIONS, json=body, headers=headers)
    second = await client.post(MODEL_VERSIONS, json=body, headers=headers)

    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert await listed(client) == [first.json()]


async def test_deleted_model_version_is_gone(client: AsyncClient) -> None:
    model_version = await create_model_version(client)

    response = await client.delete(path_of(model_version))

    assert response.status_code == 204
    assert response.content == b""
    assert_problem(await client.get(path_of(model_version)), 404, UNKNOWN)
    assert await listed(client) == []


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_unknown_id_is_not_found(client: AsyncClient, method: str) -> None:
    body: Json | None = {} if method == "PATCH" else None

    response = await client.request(method, f"{MODEL_VERSIONS}/{UNKNOWN_ID}", json=body)

    assert_problem(response, 404, UNKNOWN)


@pytest.mark.parametrize("wrong_id", ["1", "none", "01900000-0000-7000-8000-00000000000g", "%00"])
async def test_what_is_no_id_is_not_found(client: AsyncClient, wrong_id: str) -> None:
    response = await client.get(f"{MODEL_VERSIONS}/{wrong_id}")

    assert_problem(response, 404, "Not Found")


async def test_empty_list_is_an_empty_page(client: AsyncClient) -> None:
    response = await client.get(MODEL_VERSIONS)

    assert response.json() == {"items": [], "next_cursor": None, "total": None}


@pytest.mark.parametrize("sort", ["id", "-id"])
async def test_every_sort_lists_all_pages_in_order(client: AsyncClient, sort: str) -> None:
    model_versions = [await create_model_version(client) for _ in range(3)]

    items = await listed(client, sort=sort)

    assert sorted(item["id"] for item in items) == [each["id"] for each in model_versions]
    turned = sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"
    assert await listed(client, sort=turned) == items[::-1]


async def test_total_counts_all_when_asked(client: AsyncClient) -> None:
    for _ in range(3):
        await create_model_version(client)

    response = await client.get(MODEL_VERSIONS, params={"limit": 1, "total": True})

    assert response.json()["total"] == 3
    assert len(response.json()["items"]) == 1


@pytest.mark.parametrize(
    ("field", "value", "other"),
    [("stage", "archived", "development")],
    ids="{!r:.30}".format,
)
async def test_list_can_be_filtered_by_a_value(
    client: AsyncClient, field: str, value: Any, other: Any
) -> None:
    model_version = await create_model_version(client, **{field: value})
    await create_model_version(client, **{field: other})

    assert await listed(client, **{field: value}) == [model_version]
    response = await client.get(MODEL_VERSIONS, params={field: value, "total": True})
    assert response.json()["total"] == 1


@pytest.mark.parametrize(
    ("field", "ascending"),
    [("size_bytes", [0, 1, 2])],
)
async def test_list_can_be_filtered_by_a_range(
    client: AsyncClient, field: str, ascending: list[Any]
) -> None:
    model_versions = [await create_model_version(client, **{field: value}) for value in ascending]
    low, high = f"{field}_min", f"{field}_max"

    assert await listed(client, sort="id", **{low: ascending[1]}) == model_versions[1:]
    assert await listed(client, sort="id", **{high: ascending[-2]}) == model_versions[:-1]
    assert await listed(client, **{low: ascending[1], high: ascending[1]}) == model_versions[1:2]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("sort", "none"),
        ("ml_model_id", "none"),
        ("experiment_id", "none"),
        ("stage", "none"),
        ("size_bytes_min", "none"),
        ("size_bytes_max", "none"),
    ],
)
async def test_wrong_query_parameter_is_refused(client: AsyncClient, name: str, value: str) -> None:
    response = await client.get(MODEL_VERSIONS, params={name: value})

    assert response.status_code == 422
    assert list(response.json()["errors"]) == [f"query.{name}"]


async def test_unknown_query_parameter_is_refused(client: AsyncClient) -> None:
    response = await client.get(MODEL_VERSIONS, params={"unknown": 1})

    assert_invalid(response, {"query": ["Extra inputs are not permitted"]})


async def test_unknown_ml_model_id_conflicts(client: AsyncClient) -> None:
    body = await new_model_version(client) | {"ml_model_id": UNKNOWN_ID}

    response = await client.post(MODEL_VERSIONS, json=body)

    assert_problem(response, 409, BROKEN, errors={"body.ml_model_id": [BROKEN]})


async def test_list_can_be_filtered_by_ml_model_id(client: AsyncClient) -> None:
    model_version = await create_model_version(client, **await whole_model_version(client))
    await create_model_version(client, **await whole_model_version(client))

    assert await listed(client, ml_model_id=model_version["ml_model_id"]) == [model_version]
    assert await listed(client, ml_model_id=UNKNOWN_ID) == []


async def test_deletion_of_what_ml_model_id_names_conflicts(client: AsyncClient) -> None:
    ml_model = await create_ml_model(client)
    model_version = await create_model_version(client, ml_model_id=ml_model["id"])

    response = await client.delete(f"{ML_MODELS}/{ml_model['id']}")

    assert response.status_code == 409
    assert response.json()["detail"] == BROKEN
    assert (await client.get(path_of(model_version))).json() == model_version


async def test_unknown_experiment_id_conflicts(client: AsyncClient) -> None:
    model_version = await create_model_version(client)
    body = await new_model_version(client) | {"experiment_id": UNKNOWN_ID}

    created = await client.post(MODEL_VERSIONS, json=body)
    patched = await client.patch(path_of(model_version), json={"experiment_id": UNKNOWN_ID})

    for response in (created, patched):
        assert response.status_code == 409
        assert response.json()["detail"] == BROKEN
    assert (await client.get(path_of(model_version))).json() == model_version


async def test_list_can_be_filtered_by_experiment_id(client: AsyncClient) -> None:
    model_version = await create_model_version(client, **await whole_model_version(client))
    await create_model_version(client, **await whole_model_version(client))

    assert await listed(client, experiment_id=model_version["experiment_id"]) == [model_version]
    assert await listed(client, experiment_id=UNKNOWN_ID) == []


async def test_experiment_id_can_be_changed(client: AsyncClient) -> None:
    model_version = await create_model_version(client, **await whole_model_version(client))
    other = await create_experiment(client)

    response = await client.patch(path_of(model_version), json={"experiment_id": other["id"]})

    assert response.json()["experiment_id"] == other["id"]
    assert response.json()["version"] == 2


async def test_experiment_id_can_be_cleared(client: AsyncClient) -> None:
    model_version = await create_model_version(client, **await whole_model_version(client))

    response = await client.patch(path_of(model_version), json={"experiment_id": None})

    assert response.json()["experiment_id"] is None


async def test_deletion_of_what_experiment_id_names_conflicts(client: AsyncClient) -> None:
    experiment = await create_experiment(client)
    model_version = await create_model_version(client, experiment_id=experiment["id"])

    response = await client.delete(f"{EXPERIMENTS}/{experiment['id']}")

    assert response.status_code == 409
    assert response.json()["detail"] == BROKEN
    assert (await client.get(path_of(model_version))).json() == model_version


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_model_version_of_somebody_else_is_not_there(
    client: AsyncClient, other: AsyncClient, method: str
) -> None:
    theirs = await create_model_version(other)
    body: Json | None = {} if method == "PATCH" else None

    response = await client.request(method, path_of(theirs), json=body)

    assert_problem(response, 404, UNKNOWN)
    assert (await other.get(path_of(theirs))).json() == theirs


async def test_list_shows_and_counts_only_ones_own(client: AsyncClient, other: AsyncClient) -> None:
    theirs = await create_model_version(other)
    model_version = await create_model_version(client)

    assert await listed(client) == [model_version]
    assert await listed(other) == [theirs]
    response = await client.get(MODEL_VERSIONS, params={"total": True})
    assert response.json()["total"] == 1


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_owner_is_not_for_clients_to_choose(client: AsyncClient, method: str) -> None:
    model_version = await create_model_version(client)
    url = MODEL_VERSIONS if method == "POST" else path_of(model_version)
    body = await new_model_version(client) if method == "POST" else {}

    response = await client.request(method, url, json=body | {"owner_id": UNKNOWN_ID})

    assert_invalid(response, {"body": ["Extra inputs are not permitted"]})


async def test_ml_model_id_of_somebody_else_conflicts(
    client: AsyncClient, other: AsyncClient
) -> None:
    theirs = await create_ml_model(other)
    body = await new_model_version(client) | {"ml_model_id": theirs["id"]}

    response = await client.post(MODEL_VERSIONS, json=body)

    assert_problem(response, 409, BROKEN, errors={"body.ml_model_id": [BROKEN]})


async def test_experiment_id_of_somebody_else_conflicts(
    client: AsyncClient, other: AsyncClient
) -> None:
    model_version = await create_model_version(client)
    theirs = await create_experiment(other)

    created = await client.post(
        MODEL_VERSIONS, json=await new_model_version(client) | {"experiment_id": theirs["id"]}
    )
    patched = await client.patch(path_of(model_version), json={"experiment_id": theirs["id"]})

    for response in (created, patched):
        assert response.status_code == 409
        assert response.json()["detail"] == BROKEN
    assert (await client.get(path_of(model_version))).json() == model_version
