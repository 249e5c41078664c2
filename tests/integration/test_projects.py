from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient

from tests.api import (
    PROJECTS,
    UNKNOWN_ID,
    Json,
    assert_invalid,
    assert_problem,
    create_project,
)

TAKEN = "A value that must be unique is already taken."
MISSING = "There is no such project."


def nested(levels: int) -> Json:
    value: Json = {}
    for _ in range(levels - 1):
        value = {"in": value}
    return value


async def test_created_project_is_shown_whole_and_with_defaults(client: AsyncClient) -> None:
    response = await client.post(PROJECTS, json={"name": "Apollo"})

    project = response.json()
    assert response.status_code == 201
    assert project == {
        "id": project["id"],
        "version": 1,
        "created_at": project["created_at"],
        "updated_at": project["updated_at"],
        "name": "Apollo",
        "description": None,
        "settings": {},
    }
    assert UUID(project["id"]).version == 7
    assert response.headers["location"] == f"{PROJECTS}/{project['id']}"


async def test_location_of_a_created_project_leads_to_it(client: AsyncClient) -> None:
    created = await client.post(PROJECTS, json={"name": "Apollo"})

    response = await client.get(created.headers["location"])

    assert response.status_code == 200
    assert response.json() == created.json()


async def test_timestamps_are_utc_and_of_now(client: AsyncClient) -> None:
    project = await create_project(client)

    created_at = datetime.fromisoformat(project["created_at"])
    assert created_at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - created_at) < timedelta(seconds=10)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"epochs": 3, "rate": 0.1, "tags": ["a", None, True], "nested": {"deep": [{}]}},
        nested(32),
        {"text": "ä 漢 🚀 \\u0000 'quoted' \"twice\"", "": 2**63},
    ],
)
async def test_settings_come_back_as_they_went_in(client: AsyncClient, value: Json) -> None:
    project = await create_project(client, settings=value)

    response = await client.get(f"{PROJECTS}/{project['id']}")

    assert response.json()["settings"] == value


async def test_white_space_around_a_name_is_dropped(client: AsyncClient) -> None:
    project = await create_project(client, name="  Apollo\n")

    assert project["name"] == "Apollo"


@pytest.mark.parametrize("name", ["a", "x" * 100, "漢" * 100, "two words", "🚀"])
async def test_name_may_have_1_to_100_characters(client: AsyncClient, name: str) -> None:
    project = await create_project(client, name=name)

    assert project["name"] == name


@pytest.mark.parametrize(
    "name", [None, 1, True, [], {}, "", " ", "\u3000", "\x1c", "x" * 101, " " + "x" * 100, "a\x00b"]
)
async def test_wrong_name_is_refused(client: AsyncClient, name: object) -> None:
    response = await client.post(PROJECTS, json={"name": name})

    assert response.status_code == 422
    assert list(response.json()["errors"]) == ["body.name"]


@pytest.mark.parametrize("description", [1, [], "x" * 2001, "a\x00b"])
async def test_wrong_description_is_refused(client: AsyncClient, description: object) -> None:
    response = await client.post(PROJECTS, json={"name": "Apollo", "description": description})

    assert response.status_code == 422
    assert list(response.json()["errors"]) == ["body.description"]


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "text",
        {"key": "a\x00b"},
        {"a\x00b": 1},
        {"large": "x" * 65_536},
        nested(33),
    ],
    ids=["null", "list", "text", "nul", "nul in key", "large", "deep"],
)
async def test_wrong_settings_are_refused(client: AsyncClient, value: object) -> None:
    response = await client.post(PROJECTS, json={"name": "Apollo", "settings": value})

    assert response.status_code == 422
    assert list(response.json()["errors"]) == ["body.settings"]


@pytest.mark.parametrize("field", ["id", "version", "created_at", "updated_at", "nmae"])
async def test_field_that_clients_do_not_set_is_refused(client: AsyncClient, field: str) -> None:
    project = await create_project(client)

    created = await client.post(PROJECTS, json={"name": "Apollo", field: project.get(field)})
    patched = await client.patch(f"{PROJECTS}/{project['id']}", json={field: project.get(field, 1)})

    assert_invalid(created, {"body": ["Extra inputs are not permitted"]})
    assert_invalid(patched, {"body": ["Extra inputs are not permitted"]})


async def test_missing_name_is_named(client: AsyncClient) -> None:
    response = await client.post(PROJECTS, json={})

    assert_invalid(response, {"body.name": ["Field required"]})


async def test_taken_name_conflicts(client: AsyncClient) -> None:
    await create_project(client, name="Apollo")

    response = await client.post(PROJECTS, json={"name": "Apollo"})

    assert_problem(response, 409, TAKEN, errors={"body.name": [TAKEN]})


async def test_rename_to_a_taken_name_conflicts_and_changes_nothing(client: AsyncClient) -> None:
    await create_project(client, name="Apollo")
    project = await create_project(client, name="Gemini")

    response = await client.patch(f"{PROJECTS}/{project['id']}", json={"name": "Apollo"})

    assert_problem(response, 409, TAKEN, errors={"body.name": [TAKEN]})
    assert (await client.get(f"{PROJECTS}/{project['id']}")).json() == project


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "Artemis"}, {"name": "Artemis"}),
        ({"description": "Mars"}, {"description": "Mars"}),
        ({"description": None}, {"description": None}),
        ({"settings": {"b": 2}}, {"settings": {"b": 2}}),
        ({"settings": {}, "name": "Artemis"}, {"settings": {}, "name": "Artemis"}),
    ],
)
async def test_patch_changes_only_what_is_sent(
    client: AsyncClient, changes: Json, expected: Json
) -> None:
    project = await create_project(client, description="Moon", settings={"a": 1})

    response = await client.patch(f"{PROJECTS}/{project['id']}", json=changes)

    assert response.status_code == 200
    changed = response.json()
    moved = {"version": 2, "updated_at": changed["updated_at"]}
    assert changed == project | expected | moved
    assert changed["updated_at"] > project["updated_at"]
    assert (await client.get(f"{PROJECTS}/{project['id']}")).json() == changed


@pytest.mark.parametrize("field", [None, "name", "description", "settings"])
async def test_patch_that_changes_nothing_leaves_version_and_time(
    client: AsyncClient, field: str | None
) -> None:
    project = await create_project(client, description="Moon", settings={"a": 1})

    changes = {field: project[field]} if field else {}
    response = await client.patch(f"{PROJECTS}/{project['id']}", json=changes)

    assert response.status_code == 200
    assert response.json() == project


@pytest.mark.parametrize("field", ["name", "settings"])
async def test_patch_with_null_for_what_must_be_there_is_refused(
    client: AsyncClient, field: str
) -> None:
    project = await create_project(client)

    response = await client.patch(f"{PROJECTS}/{project['id']}", json={field: None})

    assert response.status_code == 422
    assert list(response.json()["errors"]) == [f"body.{field}"]
    assert (await client.get(f"{PROJECTS}/{project['id']}")).json() == project


async def test_deleted_project_is_gone(client: AsyncClient) -> None:
    project = await create_project(client)

    response = await client.delete(f"{PROJECTS}/{project['id']}")

    assert response.status_code == 204
    assert response.content == b""
    assert_problem(await client.get(f"{PROJECTS}/{project['id']}"), 404, MISSING)


async def test_name_of_a_deleted_project_is_free(client: AsyncClient) -> None:
    project = await create_project(client, name="Apollo")
    await client.delete(f"{PROJECTS}/{project['id']}")

    assert (await create_project(client, name="Apollo"))["id"] != project["id"]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_unknown_id_is_not_found(client: AsyncClient, method: str) -> None:
    body = {"name": "Apollo"} if method == "PATCH" else None

    response = await client.request(method, f"{PROJECTS}/{UNKNOWN_ID}", json=body)

    assert_problem(response, 404, MISSING)


@pytest.mark.parametrize("wrong_id", ["1", "none", "01900000-0000-7000-8000-00000000000g", "%00"])
async def test_what_is_no_id_is_not_found(client: AsyncClient, wrong_id: str) -> None:
    response = await client.get(f"{PROJECTS}/{wrong_id}")

    assert_problem(response, 404, "Not Found")
