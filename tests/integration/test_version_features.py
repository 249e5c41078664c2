"""The features that versions of models were trained with, and their use in serving."""

from hashlib import sha256

import pytest
from httpx import AsyncClient, Response

from src.schemas.feature_value import CELLS
from src.schemas.version_features import VIEWS
from src.services.feature_value import TOO_MANY
from src.services.version_features import (
    NO_FEATURE,
    NO_VIEW,
    NOT_RECORDED,
    RECORDED,
    SAME_NAME,
    SKEW,
)
from tests.api import UNKNOWN_ID, Json, assert_problem
from tests.callers import Sample
from tests.contract import BROKEN
from tests.integration.test_feature_values import append, row, view
from tests.integration.test_feature_views import TestFeatureViews as Views
from tests.integration.test_model_versions import TestModelVersions as Versions

VERSION = "/api/v1/model-versions/{model_version_id}"
SAMPLES: dict[str, Sample] = {
    # No view is known here, and nothing is recorded.
    f"POST {VERSION}/features": Sample(
        body=lambda _: {"views": [{"feature_view_id": UNKNOWN_ID, "features": ["spent"]}]},
        refusal=409,
    ),
    f"GET {VERSION}/features": Sample(refusal=404),
    f"GET {VERSION}/features.txt": Sample(refusal=404),
    f"POST {VERSION}/online": Sample(body=lambda _: {"entities": ["ada"]}, refusal=404),
}


async def version(client: AsyncClient) -> str:
    return Versions.path_of(await Versions.create(client))


def of(path: str, *features: str) -> Json:
    return {"feature_view_id": path.rpartition("/")[2], "features": [*features] or None}


async def record(client: AsyncClient, path: str, *views: Json) -> Response:
    return await client.post(f"{path}/features", json={"views": views})


async def test_version_tells_what_it_was_trained_with(client: AsyncClient) -> None:
    path, first, second = (
        await version(client),
        await view(client, {"b": "int", "a": "text"}),
        await view(client),
    )
    await client.patch(second, json={"ttl_seconds": 60})

    response = await record(client, path, of(second), of(first, "b", "a"))

    assert response.status_code == 201
    assert response.json() == {
        "sha256": sha256(b"spent\nb\na\n").hexdigest(),
        "views": [
            {**of(second, "spent"), "view_version": 2},
            {**of(first, "b", "a"), "view_version": 1},
        ],
    }
    assert (await client.get(f"{path}/features")).json() == response.json()
    text = await client.get(f"{path}/features.txt")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert text.text == "spent\nb\na\n"


async def test_all_features_come_by_name(client: AsyncClient) -> None:
    path = await version(client)

    await record(client, path, of(await view(client, {"bb": "int", "a": "text", "c": "int"})))

    assert (await client.get(f"{path}/features.txt")).text == "a\nbb\nc\n"


async def test_features_of_a_version_never_change(client: AsyncClient) -> None:
    path, first = await version(client), await view(client)
    recorded = await record(client, path, of(first))

    assert_problem(await record(client, path, of(await view(client))), 409, RECORDED)

    assert (await client.get(f"{path}/features")).json() == recorded.json()


async def test_latest_values_come_as_the_version_takes_them(client: AsyncClient) -> None:
    path, first, second = (
        await version(client),
        await view(client, {"b": "int", "a": "text"}),
        await view(client),
    )
    await append(client, first, row("ada", 0, a="x", b=1))
    await append(client, second, row("bob", 0, spent=2))
    recorded = (await record(client, path, of(second), of(first, "b"))).json()

    response = await client.post(f"{path}/online", json={"entities": ["ada", "bob"]})

    assert response.json() == {
        "sha256": recorded["sha256"],
        "rows": [
            {"entity": "ada", "values": {"spent": None, "b": 1}},
            {"entity": "bob", "values": {"spent": 2.0, "b": None}},
        ],
    }
    assert [*response.json()["rows"][0]["values"]] == ["spent", "b"]


@pytest.mark.parametrize(
    "change", [{"ttl_seconds": 60}, {"features": {"spent": "float", "more": "int"}}], ids=str
)
async def test_version_is_not_served_with_a_view_that_has_changed(
    client: AsyncClient, change: Json
) -> None:
    path, used = await version(client), await view(client)
    await append(client, used, row("ada", 0, spent=1))
    await record(client, path, of(used))
    entities = {"entities": ["ada"]}
    assert (await client.post(f"{path}/online", json=entities)).status_code == 200

    await client.patch(used, json=change)

    assert_problem(await client.post(f"{path}/online", json=entities), 409, SKEW)
    again = await version(client)
    await record(client, again, of(used, "spent"))
    assert (await client.post(f"{again}/online", json=entities)).status_code == 200


async def test_view_that_a_version_needs_is_not_deleted(client: AsyncClient) -> None:
    path, used = await version(client), await view(client)
    await append(client, used, row("ada", 0, spent=1))
    await record(client, path, of(used))

    assert_problem(await client.delete(used), 409, BROKEN)

    assert (await client.delete(path)).status_code == 204
    assert (await client.delete(used)).status_code == 204


async def test_views_are_those_of_the_owner(client: AsyncClient, other: AsyncClient) -> None:
    path, theirs = await version(client), await view(other)

    for each in (theirs, f"{Views.path}/{UNKNOWN_ID}"):
        response = await record(client, path, of(await view(client)), of(each))
        errors = {"body.views.1.feature_view_id": [NO_VIEW]}
        assert_problem(response, 409, NO_VIEW, errors=errors)
    assert_problem(await client.get(f"{path}/features"), 404, NOT_RECORDED)


async def test_others_versions_are_as_if_not_there(client: AsyncClient, other: AsyncClient) -> None:
    theirs, own = await version(other), await view(client)
    await record(other, theirs, of(await view(other)))

    for path in (theirs, f"{Versions.path}/{UNKNOWN_ID}"):
        for response in (
            await record(client, path, of(own)),
            await client.get(f"{path}/features"),
            await client.get(f"{path}/features.txt"),
            await client.post(f"{path}/online", json={"entities": ["ada"]}),
        ):
            assert_problem(response, 404, "There is no such model version.")


@pytest.mark.parametrize("features", [["other"], ["spent", "spent"]], ids=str)
async def test_features_are_those_of_the_view(client: AsyncClient, features: list[str]) -> None:
    path = await version(client)

    response = await record(client, path, of(await view(client), *features))

    assert_problem(response, 422, NO_FEATURE, errors={"body.views.0.features": [NO_FEATURE]})


async def test_names_of_features_differ(client: AsyncClient) -> None:
    path = await version(client)

    response = await record(client, path, of(await view(client)), of(await view(client)))

    assert_problem(response, 422, SAME_NAME, errors={"body.views": [SAME_NAME]})


async def test_views_of_a_version_are_counted(client: AsyncClient) -> None:
    path = await version(client)
    views = [of(await view(client, {f"f{n}": "int"})) for n in range(VIEWS + 1)]

    beyond = await record(client, path, *views)

    assert [*beyond.json()["errors"]] == ["body.views"]
    assert (await record(client, path, *views[1:])).status_code == 201


async def test_values_of_an_answer_are_counted(client: AsyncClient) -> None:
    path = await version(client)
    views = [of(await view(client, {f"f{v}_{n}": "int" for n in range(60)})) for v in range(2)]
    await record(client, path, *views)
    most = CELLS // 120

    fits = await client.post(f"{path}/online", json={"entities": ["ada"] * most})
    beyond = await client.post(f"{path}/online", json={"entities": ["ada"] * (most + 1)})

    assert fits.status_code == 200
    assert_problem(beyond, 422, TOO_MANY)
