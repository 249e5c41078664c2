from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from tests.api import UNKNOWN_ID, Json, assert_invalid, assert_problem
from tests.integration.test_projects import PROJECTS, create_project

EXPERIMENTS = "/api/v1/experiments"
TAKEN = "A value that must be unique is already taken."
BROKEN = "The change breaks a reference between two rows."
UNKNOWN = "There is no such experiment."
numbers = count()


async def new_experiment(client: AsyncClient) -> Json:
    """What has to be said of a new one, and is not taken."""
    number = next(numbers)
    return {"project_id": (await create_project(client))["id"], "name": f"{number:08}"}


async def whole_experiment(client: AsyncClient) -> Json:
    """All that can be said of a new one."""
    return await new_experiment(client) | {
        "description": "a",
        "model_type": "a",
        "hyperparameters": {"a": 1},
        "tags": {"a": "b"},
        "status": "running",
        "run_id": "a",
        "run_url": "https://a.example/",
        "source_commit": "8ecdfc8",
    }


async def create_experiment(client: AsyncClient, **fields: Any) -> Json:
    response = await client.post(EXPERIMENTS, json=await new_experiment(client) | fields)
    assert response.status_code == 201, response.text
    experiment: Json = response.json()
    return experiment


def path_of(experiment: Json) -> str:
    return f"{EXPERIMENTS}/{experiment['id']}"


async def listed(client: AsyncClient, **query: Any) -> list[Json]:
    """All pages of a list."""
    response = await client.get(EXPERIMENTS, params={"limit": 2, **query})
    assert response.status_code == 200, response.text
    page = response.json()
    items: list[Json] = page["items"]
    if page["next_cursor"]:
        items += await listed(client, **query | {"cursor": page["next_cursor"]})
    return items


async def test_created_experiment_is_shown_whole_and_with_defaults(client: AsyncClient) -> None:
    body = await new_experiment(client)

    response = await client.post(EXPERIMENTS, json=body)

    experiment = response.json()
    assert response.status_code == 201
    assert experiment == {
        "id": experiment["id"],
        "version": 1,
        "created_at": experiment["created_at"],
        "updated_at": experiment["updated_at"],
        "project_id": body["project_id"],
        "name": body["name"],
        "description": None,
        "model_type": None,
        "hyperparameters": {},
        "tags": {},
        "status": "created",
        "run_id": None,
        "run_url": None,
        "source_commit": None,
        "started_at": None,
        "finished_at": None,
    }
    assert UUID(experiment["id"]).version == 7
    assert response.headers["location"] == path_of(experiment)


async def test_location_of_a_created_experiment_leads_to_it(client: AsyncClient) -> None:
    created = await client.post(EXPERIMENTS, json=await whole_experiment(client))

    response = await client.get(created.headers["location"])

    assert response.status_code == 200
    assert response.json() == created.json()
    assert response.headers["etag"] == created.headers["etag"] == '"1"'


async def test_timestamps_are_utc_and_of_now(client: AsyncClient) -> None:
    experiment = await create_experiment(client)

    created_at = datetime.fromisoformat(experiment["created_at"])
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
        ("model_type", "a"),
        ("model_type", "b"),
        ("model_type", "c"),
        ("model_type", "漢" * 100),
        ("model_type", "🚀"),
        ("hyperparameters", {"a": 1}),
        ("hyperparameters", {"a": 1, "b": None, "c": True, "d": 0.1}),
        ("hyperparameters", {}),
        ("hyperparameters", {"text": "ä 漢 🚀 \\u0000 'quoted'", "n": 2**53 - 1}),
        ("tags", {"a": "b"}),
        ("tags", {}),
        ("tags", {"text": "ä 漢 🚀 \\u0000 'quoted'"}),
        ("status", "created"),
        ("status", "running"),
        ("run_id", "a"),
        ("run_id", "b"),
        ("run_id", "c"),
        ("run_id", "漢" * 64),
        ("run_id", "🚀"),
        ("run_url", "https://a.example/"),
        ("run_url", "https://b.example/"),
        ("run_url", "https://c.example/"),
        ("run_url", "http://localhost:8000/a?b=c#d"),
        ("run_url", "http://localhost:5000/#/experiments/1/runs/0d1c"),
        ("source_commit", "8ecdfc8"),
        ("source_commit", "ac3eb1657"),
        ("source_commit", "d990874"),
    ],
    ids="{!r:.30}".format,
)
async def test_value_comes_back_as_it_went_in(
    client: AsyncClient, field: str, value: object
) -> None:
    experiment = await create_experiment(client, **{field: value})

    response = await client.get(path_of(experiment))

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
        ("description", 1),
        ("description", []),
        ("description", "a\x00b"),
        ("description", "x" * 2001),
        ("model_type", 1),
        ("model_type", True),
        ("model_type", []),
        ("model_type", {}),
        ("model_type", "a\x00b"),
        ("model_type", ""),
        ("model_type", " "),
        ("model_type", "\u3000"),
        ("model_type", "\x1c"),
        ("model_type", "x" * 101),
        ("hyperparameters", None),
        ("hyperparameters", []),
        ("hyperparameters", "text"),
        ("hyperparameters", {"key": "a\x00b"}),
        ("hyperparameters", {"a\x00b": 1}),
        ("hyperparameters", {"": 1}),
        ("hyperparameters", {"a": []}),
        ("hyperparameters", {"seed": 2**53 + 1}),
        ("hyperparameters", {"seed": -(2**64) + 1}),
        ("hyperparameters", {"seed": 10**309}),
        ("hyperparameters", {"a": {}}),
        ("hyperparameters", {"large": "x" * 65_536}),
        ("tags", None),
        ("tags", []),
        ("tags", "text"),
        ("tags", {"key": "a\x00b"}),
        ("tags", {"a\x00b": 1}),
        ("tags", {"": "b"}),
        ("tags", {"a": 1}),
        ("tags", {"a": None}),
        ("tags", {"large": "x" * 65_536}),
        ("status", None),
        ("status", 1),
        ("status", "none such"),
        ("status", []),
        ("run_id", 1),
        ("run_id", True),
        ("run_id", []),
        ("run_id", {}),
        ("run_id", "a\x00b"),
        ("run_id", ""),
        ("run_id", " "),
        ("run_id", "\u3000"),
        ("run_id", "\x1c"),
        ("run_id", "x" * 65),
        ("run_url", 1),
        ("run_url", ""),
        ("run_url", "example.com"),
        ("run_url", "ftp://example.com"),
        ("run_url", "https://a b"),
        ("run_url", "x" * 2001),
        ("source_commit", 1),
        ("source_commit", True),
        ("source_commit", []),
        ("source_commit", {}),
        ("source_commit", "a\x00b"),
        ("source_commit", "x" * 201),
    ],
    ids="{!r:.30}".format,
)
async def test_wrong_value_is_refused_and_named(
    client: AsyncClient, field: str, value: object
) -> None:
    experiment = await create_experiment(client)

    created = await client.post(EXPERIMENTS, json=await new_experiment(client) | {field: value})
    patched = await client.patch(path_of(experiment), json={field: value})

    for response in (created, patched):
        assert response.status_code == 422
        assert list(response.json()["errors"]) == [f"body.{field}"]
    assert await listed(client) == [experiment]


async def test_white_space_around_name_is_dropped(client: AsyncClient) -> None:
    experiment = await create_experiment(client, name=" a\n")

    assert experiment["name"] == "a"


@pytest.mark.parametrize("field", ["id", "version", "created_at", "updated_at", "unknown"])
async def test_field_that_clients_do_not_set_is_refused(client: AsyncClient, field: str) -> None:
    experiment = await create_experiment(client)
    body = await new_experiment(client)

    created = await client.post(EXPERIMENTS, json=body | {field: experiment.get(field)})
    patched = await client.patch(path_of(experiment), json={field: experiment.get(field)})

    assert_invalid(created, {"body": ["Extra inputs are not permitted"]})
    assert_invalid(patched, {"body": ["Extra inputs are not permitted"]})


@pytest.mark.parametrize("field", ["project_id", "name"])
async def test_missing_field_is_named(client: AsyncClient, field: str) -> None:
    body = await new_experiment(client)
    del body[field]

    response = await client.post(EXPERIMENTS, json=body)

    assert_invalid(response, {f"body.{field}": ["Field required"]})


async def test_taken_project_id_and_name_conflicts(client: AsyncClient) -> None:
    experiment = await create_experiment(client, **await whole_experiment(client))
    taken = {"project_id": experiment["project_id"], "name": experiment["name"]}

    response = await client.post(EXPERIMENTS, json=await new_experiment(client) | taken)

    assert_problem(response, 409, TAKEN, errors={"body.project_id": [TAKEN], "body.name": [TAKEN]})


async def test_change_to_a_taken_project_id_and_name_conflicts_and_changes_nothing(
    client: AsyncClient,
) -> None:
    first = await create_experiment(client, **await whole_experiment(client))
    experiment = await create_experiment(client, **await whole_experiment(client))
    taken = {"project_id": first["project_id"], "name": first["name"]}

    response = await client.patch(path_of(experiment), json=taken)

    assert_problem(response, 409, TAKEN, errors={"body.project_id": [TAKEN], "body.name": [TAKEN]})
    assert (await client.get(path_of(experiment))).json() == experiment


async def test_project_id_and_name_of_a_deleted_experiment_is_free(client: AsyncClient) -> None:
    body = await whole_experiment(client)
    experiment = await create_experiment(client, **body)
    await client.delete(path_of(experiment))

    assert (await create_experiment(client, **body))["id"] != experiment["id"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "b"),
        ("description", "b"),
        ("model_type", "b"),
        ("hyperparameters", {"a": None, "c": 1}),
        ("tags", {"a": "b", "c": "b"}),
        ("run_id", "b"),
        ("run_url", "https://b.example/"),
        ("source_commit", "ac3eb1657"),
        ("description", None),
        ("model_type", None),
        ("run_id", None),
        ("run_url", None),
        ("source_commit", None),
    ],
    ids="{!r:.30}".format,
)
async def test_patch_changes_only_what_is_sent(
    client: AsyncClient, field: str, value: object
) -> None:
    experiment = await create_experiment(client, **await whole_experiment(client))

    response = await client.patch(path_of(experiment), json={field: value})

    assert response.status_code == 200
    changed = response.json()
    assert changed == experiment | {
        field: value,
        "version": 2,
        "updated_at": changed["updated_at"],
    }
    assert changed["updated_at"] > experiment["updated_at"]
    assert (await client.get(path_of(experiment))).json() == changed


@pytest.mark.parametrize(
    "field",
    [
        None,
        "project_id",
        "name",
        "description",
        "model_type",
        "hyperparameters",
        "tags",
        "status",
        "run_id",
        "run_url",
        "source_commit",
    ],
)
async def test_patch_that_changes_nothing_leaves_version_and_time(
    client: AsyncClient, field: str | None
) -> None:
    experiment = await create_experiment(client, **await whole_experiment(client))

    changes = {field: experiment[field]} if field else {}
    response = await client.patch(path_of(experiment), json=changes)

    assert response.status_code == 200
    assert response.json() == experiment


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_other_version_may_not_be_changed(client: AsyncClient, method: str) -> None:
    experiment = await create_experiment(client)
    body: Json | None = {} if method == "PATCH" else None

    stale = await client.request(
        method, path_of(experiment), json=body, headers={"If-Match": '"2"'}
    )
    assert stale.status_code == 412
    assert (await client.get(path_of(experiment))).json() == experiment

    current = await client.request(
        method, path_of(experiment), json=body, headers={"If-Match": '"1"'}
    )
    assert current.is_success


async def test_version_that_the_client_has_is_not_sent_again(client: AsyncClient) -> None:
    experiment = await create_experiment(client)

    response = await client.get(path_of(experiment), headers={"If-None-Match": '"1"'})

    assert response.status_code == 304
    assert response.content == b""


async def test_repeated_request_with_a_key_is_answered_alike_and_done_once(
    client: AsyncClient,
) -> None:
    body, headers = await new_experiment(client), {"Idempotency-Key": "first"}

    first = await client.post(EXPERIMENTS, json=body, headers=headers)
    second = await client.post(EXPERIMENTS, json=body, headers=headers)

    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert await listed(client) == [first.json()]


async def test_deleted_experiment_is_gone(client: AsyncClient) -> None:
    experiment = await create_experiment(client)

    response = await client.delete(path_of(experiment))

    assert response.status_code == 204
    assert response.content == b""
    assert_problem(await client.get(path_of(experiment)), 404, UNKNOWN)
    assert await listed(client) == []


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_unknown_id_is_not_found(client: AsyncClient, method: str) -> None:
    body: Json | None = {} if method == "PATCH" else None

    response = await client.request(method, f"{EXPERIMENTS}/{UNKNOWN_ID}", json=body)

    assert_problem(response, 404, UNKNOWN)


@pytest.mark.parametrize("wrong_id", ["1", "none", "01900000-0000-7000-8000-00000000000g", "%00"])
async def test_what_is_no_id_is_not_found(client: AsyncClient, wrong_id: str) -> None:
    response = await client.get(f"{EXPERIMENTS}/{wrong_id}")

    assert_problem(response, 404, "Not Found")


async def test_empty_list_is_an_empty_page(client: AsyncClient) -> None:
    response = await client.get(EXPERIMENTS)

    assert response.json() == {"items": [], "next_cursor": None, "total": None}


@pytest.mark.parametrize("sort", ["id", "-id"])
async def test_every_sort_lists_all_pages_in_order(client: AsyncClient, sort: str) -> None:
    experiments = [await create_experiment(client) for _ in range(3)]

    items = await listed(client, sort=sort)

    assert sorted(item["id"] for item in items) == [each["id"] for each in experiments]
    turned = sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"
    assert await listed(client, sort=turned) == items[::-1]


async def test_total_counts_all_when_asked(client: AsyncClient) -> None:
    for _ in range(3):
        await create_experiment(client)

    response = await client.get(EXPERIMENTS, params={"limit": 1, "total": True})

    assert response.json()["total"] == 3
    assert len(response.json()["items"]) == 1


@pytest.mark.parametrize(
    ("field", "value", "other"),
    [("model_type", "a", "b"), ("status", "created", "running"), ("run_id", "a", "b")],
    ids="{!r:.30}".format,
)
async def test_list_can_be_filtered_by_a_value(
    client: AsyncClient, field: str, value: Any, other: Any
) -> None:
    experiment = await create_experiment(client, **{field: value})
    await create_experiment(client, **{field: other})

    assert await listed(client, **{field: value}) == [experiment]
    response = await client.get(EXPERIMENTS, params={field: value, "total": True})
    assert response.json()["total"] == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("sort", "none"),
        ("project_id", "none"),
        ("model_type", ""),
        ("status", "none"),
        ("run_id", ""),
    ],
)
async def test_wrong_query_parameter_is_refused(client: AsyncClient, name: str, value: str) -> None:
    response = await client.get(EXPERIMENTS, params={name: value})

    assert response.status_code == 422
    assert list(response.json()["errors"]) == [f"query.{name}"]


async def test_unknown_query_parameter_is_refused(client: AsyncClient) -> None:
    response = await client.get(EXPERIMENTS, params={"unknown": 1})

    assert_invalid(response, {"query": ["Extra inputs are not permitted"]})


async def test_unknown_project_id_conflicts(client: AsyncClient) -> None:
    experiment = await create_experiment(client)
    body = await new_experiment(client) | {"project_id": UNKNOWN_ID}

    created = await client.post(EXPERIMENTS, json=body)
    patched = await client.patch(path_of(experiment), json={"project_id": UNKNOWN_ID})

    for response in (created, patched):
        assert response.status_code == 409
        assert response.json()["detail"] == BROKEN
    assert (await client.get(path_of(experiment))).json() == experiment


async def test_list_can_be_filtered_by_project_id(client: AsyncClient) -> None:
    experiment = await create_experiment(client, **await whole_experiment(client))
    await create_experiment(client, **await whole_experiment(client))

    assert await listed(client, project_id=experiment["project_id"]) == [experiment]
    assert await listed(client, project_id=UNKNOWN_ID) == []


async def test_project_id_can_be_changed(client: AsyncClient) -> None:
    experiment = await create_experiment(client, **await whole_experiment(client))
    other = await create_project(client)

    response = await client.patch(path_of(experiment), json={"project_id": other["id"]})

    assert response.json()["project_id"] == other["id"]
    assert response.json()["version"] == 2


async def test_deletion_of_what_project_id_names_conflicts(client: AsyncClient) -> None:
    project = await create_project(client)
    experiment = await create_experiment(client, project_id=project["id"])

    response = await client.delete(f"{PROJECTS}/{project['id']}")

    assert response.status_code == 409
    assert response.json()["detail"] == BROKEN
    assert (await client.get(path_of(experiment))).json() == experiment


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_experiment_of_somebody_else_is_not_there(
    client: AsyncClient, other: AsyncClient, method: str
) -> None:
    theirs = await create_experiment(other)
    body: Json | None = {} if method == "PATCH" else None

    response = await client.request(method, path_of(theirs), json=body)

    assert_problem(response, 404, UNKNOWN)
    assert (await other.get(path_of(theirs))).json() == theirs


async def test_list_shows_and_counts_only_ones_own(client: AsyncClient, other: AsyncClient) -> None:
    theirs = await create_experiment(other)
    experiment = await create_experiment(client)

    assert await listed(client) == [experiment]
    assert await listed(other) == [theirs]
    response = await client.get(EXPERIMENTS, params={"total": True})
    assert response.json()["total"] == 1


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_owner_is_not_for_clients_to_choose(client: AsyncClient, method: str) -> None:
    experiment = await create_experiment(client)
    url = EXPERIMENTS if method == "POST" else path_of(experiment)
    body = await new_experiment(client) if method == "POST" else {}

    response = await client.request(method, url, json=body | {"owner_id": UNKNOWN_ID})

    assert_invalid(response, {"body": ["Extra inputs are not permitted"]})


async def test_project_id_of_somebody_else_conflicts(
    client: AsyncClient, other: AsyncClient
) -> None:
    experiment = await create_experiment(client)
    theirs = await create_project(other)

    created = await client.post(
        EXPERIMENTS, json=await new_experiment(client) | {"project_id": theirs["id"]}
    )
    patched = await client.patch(path_of(experiment), json={"project_id": theirs["id"]})

    for response in (created, patched):
        assert response.status_code == 409
        assert response.json()["detail"] == BROKEN
    assert (await client.get(path_of(experiment))).json() == experiment
