"""Conditional requests: nobody overwrites what they have not seen."""

import re
from collections import defaultdict

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from tests.api import THINGS, UNKNOWN_ID, Json, assert_problem, create_thing
from tests.apps import client_of, make_settings, running
from tests.operations import Document

STALE = "This is not the current version: read it again, then repeat."


def path_of(thing: Json) -> str:
    return f"{THINGS}/{thing['id']}"


async def test_every_answer_with_one_resource_has_its_version_as_etag(client: AsyncClient) -> None:
    created = await client.post(THINGS, json={"name": "Apollo"})
    path = created.headers["location"]
    read = await client.get(path)
    changed = await client.patch(path, json={"description": "Moon"})

    assert [each.headers["etag"] for each in (created, read, changed)] == ['"1"', '"1"', '"2"']


async def test_list_has_no_etag(client: AsyncClient) -> None:
    assert "etag" not in (await client.get(THINGS)).headers


async def test_version_the_client_has_is_not_sent_again(
    client: AsyncClient, subtests: pytest.Subtests
) -> None:
    thing = await create_thing(client)
    for tags in ('"1"', 'W/"1"', '"7", "1"', '"a,b" , W/"1"', "*", ',"1",'):
        with subtests.test(tags):
            response = await client.get(path_of(thing), headers={"If-None-Match": tags})
            assert response.status_code == 304
            assert response.content == b""
            assert response.headers["etag"] == '"1"'


async def test_version_the_client_does_not_have_is_sent(
    client: AsyncClient, subtests: pytest.Subtests
) -> None:
    thing = await create_thing(client)
    for tags in ('"2"', 'W/"2"', '"01"', '"a"', '""', "", '"1-0123456789abcdef"'):
        with subtests.test(tags):
            response = await client.get(path_of(thing), headers={"If-None-Match": tags})
            assert response.status_code == 200
            assert response.json() == thing


async def test_current_version_may_be_changed_and_deleted(
    client: AsyncClient, subtests: pytest.Subtests
) -> None:
    # A proxy that compresses weakens the tag; a version is exact all the same.
    weakened = ('W/"1"', '"2", W/"1"', 'W/"7",W/"1"')
    # The digest is of what a read included: it says nothing about the row itself.
    including = ('"1-0123456789abcdef"', 'W/"1-0123456789abcdef"')
    for tags in ('"1"', '"7", "1"', '"a,b","1"', "*", ' "1" ', *weakened, *including):
        with subtests.test(tags):
            for method, status in (("PATCH", 200), ("DELETE", 204)):
                thing = await create_thing(client)
                assert await change(client, method, thing, tags) == status


async def change(client: AsyncClient, method: str, thing: Json, tags: str) -> int:
    body = {"description": "Moon"} if method == "PATCH" else None
    headers = {"If-Match": tags}
    response = await client.request(method, path_of(thing), json=body, headers=headers)
    return response.status_code


async def test_other_version_is_neither_changed_nor_deleted(
    client: AsyncClient, subtests: pytest.Subtests
) -> None:
    thing = await create_thing(client)
    including = ('"2-0123456789abcdef"', '"1-"', '"1-012345678"', '"1-0123456789ABCDEF"')
    for tags in ('"2"', 'W/"2"', '"2", W/"3"', 'W/"01"', '"01"', '""', "", *including):
        with subtests.test(tags):
            assert await change(client, "PATCH", thing, tags) == 412
            assert await change(client, "DELETE", thing, tags) == 412
    assert (await client.get(path_of(thing))).json() == thing


async def test_stale_version_is_explained(client: AsyncClient) -> None:
    thing = await create_thing(client)
    await client.patch(path_of(thing), json={"description": "Moon"})

    response = await client.patch(
        path_of(thing), json={"description": "Mars"}, headers={"If-Match": '"1"'}
    )

    assert_problem(response, 412, STALE)


async def test_malformed_entity_tag_is_a_bad_request(
    client: AsyncClient, subtests: pytest.Subtests
) -> None:
    path = path_of(await create_thing(client))
    for tags in ("1", "'1'", '"1', '"1" "2"', "W/1", "W/*", 'w/"1"', '"1 "', '*, "1"'):
        with subtests.test(tags):
            changed = await client.patch(path, json={}, headers={"If-Match": tags})
            read = await client.get(path, headers={"If-None-Match": tags})
            for response, name in ((changed, "If-Match"), (read, "If-None-Match")):
                detail = f'{name} must be * or a list of entity tags, such as "3".'
                assert_problem(response, 400, detail)


async def test_tags_may_come_in_several_header_lines(client: AsyncClient) -> None:
    thing = await create_thing(client)
    lines = [("If-Match", '"7"'), ("If-Match", '"1"')]

    response = await client.patch(path_of(thing), json={}, headers=lines)

    assert response.status_code == 200


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_what_does_not_exist_is_not_found_whatever_is_required(
    client: AsyncClient, method: str
) -> None:
    body: Json | None = {} if method == "PATCH" else None
    response = await client.request(
        method, f"{THINGS}/{UNKNOWN_ID}", json=body, headers={"If-Match": '"1"'}
    )

    assert response.status_code == 404


async def test_precondition_can_be_made_mandatory() -> None:
    settings = make_settings("sqlite://", require_if_match=True)
    async with running(settings) as app, client_of(app) as client:
        thing = await create_thing(client)

        for response in (
            await client.patch(path_of(thing), json={}),
            await client.delete(path_of(thing)),
        ):
            detail = "Send If-Match with the ETag of the version that you have read."
            assert_problem(response, 428, detail)

        assert await change(client, "PATCH", thing, '"1"') == 200
        assert await change(client, "DELETE", thing, "*") == 204


async def test_mandatory_precondition_is_for_patch_and_delete_alone() -> None:
    asked = defaultdict[str, set[int]](set)
    settings = make_settings("sqlite://", require_if_match=True)
    async with running(settings) as app, client_of(app) as client:
        for each in Document(app.openapi()).operations:
            if "if-match" in each.names("header"):
                path = re.sub(r"\{\w+\}", UNKNOWN_ID, each.path)
                response = await client.request(each.method, path, json={})
                asked[each.method].add(response.status_code)

    assert asked.pop("patch") == asked.pop("delete") == {428}
    assert 428 not in {status for statuses in asked.values() for status in statuses}


@pytest.mark.parametrize("path", ["/health", "/health/ready", THINGS, "/docs", "/openapi.json"])
async def test_head_is_get_without_the_body(client: AsyncClient, path: str) -> None:
    got = await client.get(path)
    asked = await client.head(path)

    assert asked.status_code == got.status_code
    assert asked.content == b""
    changing = {"x-request-id", "date"}
    assert {k: v for k, v in asked.headers.items() if k not in changing} == {
        k: v for k, v in got.headers.items() if k not in changing
    }


async def test_head_of_one_resource_has_its_etag(client: AsyncClient) -> None:
    thing = await create_thing(client)

    response = await client.head(path_of(thing))

    assert response.headers["etag"] == '"1"'
    assert int(response.headers["content-length"]) > 0


async def test_head_of_what_does_not_exist_is_not_found(app: FastAPI, client: AsyncClient) -> None:
    assert (await client.head(f"{THINGS}/{UNKNOWN_ID}")).status_code == 404
