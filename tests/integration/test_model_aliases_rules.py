import asyncio

import pytest
from httpx import AsyncClient, Response

from tests.api import UNKNOWN_ID, Json, assert_problem
from tests.callers import Sample
from tests.contract import TAKEN
from tests.integration.test_ml_models import TestMlModels as MlModels
from tests.integration.test_model_aliases import TestModelAliases as ModelAliases
from tests.integration.test_model_versions import TestModelVersions as ModelVersions

NO_VERSION = "There is no such model version."

BY_NAME = "/api/v1/ml-models/{ml_model_id}/aliases/{name}"
SAMPLES: dict[str, Sample] = {
    f"GET {BY_NAME}": Sample(feature=ModelAliases),
    f"PUT {BY_NAME}": Sample(
        feature=ModelAliases, body=lambda alias: {"version_id": alias["version_id"]}
    ),
}


def champion_of(ml_model_id: str) -> str:
    return f"{MlModels.path}/{ml_model_id}/aliases/champion"


async def put(client: AsyncClient, version: Json) -> Response:
    body = {"version_id": version["id"]}
    return await client.put(champion_of(version["ml_model_id"]), json=body)


async def two_versions(client: AsyncClient) -> tuple[Json, Json]:
    first = await ModelVersions.create(client)
    return first, await ModelVersions.create(client, ml_model_id=first["ml_model_id"])


async def test_alias_never_points_to_a_version_of_another_model(client: AsyncClient) -> None:
    model_alias = await ModelAliases.create(client)
    foreign = {"version_id": (await ModelVersions.create(client))["id"]}

    created = await client.post(ModelAliases.path, json=await ModelAliases.new(client, **foreign))
    patched = await client.patch(ModelAliases.path_of(model_alias), json=foreign)
    put = await client.put(champion_of(model_alias["ml_model_id"]), json=foreign)

    for response in (created, patched, put):
        assert response.status_code == 409
        assert response.json()["detail"] == NO_VERSION
    assert await ModelAliases.listed(client) == [model_alias]


async def test_version_can_have_several_aliases(client: AsyncClient) -> None:
    champion = await ModelAliases.create(client, name="champion")

    model_alias = await ModelAliases.create(
        client,
        ml_model_id=champion["ml_model_id"],
        version_id=champion["version_id"],
        name="baseline",
    )

    assert model_alias["version_id"] == champion["version_id"]


async def test_put_creates_what_can_be_read_as_any_alias(client: AsyncClient) -> None:
    version = await ModelVersions.create(client)

    response = await put(client, version)

    assert response.status_code == 200
    model_alias = response.json()
    assert model_alias == {
        "id": model_alias["id"],
        "version": 1,
        "created_at": model_alias["created_at"],
        "updated_at": model_alias["updated_at"],
        "ml_model_id": version["ml_model_id"],
        "version_id": version["id"],
        "name": "champion",
    }
    assert await ModelAliases.listed(client) == [model_alias]
    assert await ModelAliases.get(client, model_alias) == model_alias


async def test_put_moves_the_alias_and_nothing_else(client: AsyncClient) -> None:
    first, second = await two_versions(client)
    before = (await put(client, first)).json()

    moved = (await put(client, second)).json()

    assert moved == before | {
        "version_id": second["id"],
        "version": 2,
        "updated_at": moved["updated_at"],
    }
    assert moved["updated_at"] > before["updated_at"]
    assert await ModelAliases.listed(client) == [moved]


async def test_same_put_again_changes_nothing(client: AsyncClient) -> None:
    version = await ModelVersions.create(client)

    assert (await put(client, version)).json() == (await put(client, version)).json()


async def test_alias_leads_to_its_version(client: AsyncClient) -> None:
    first, second = await two_versions(client)
    await put(client, first)

    assert (await client.get(champion_of(first["ml_model_id"]))).json() == first

    await put(client, second)

    assert (await client.get(champion_of(first["ml_model_id"]))).json() == second


async def test_moved_alias_never_looks_unmoved(client: AsyncClient) -> None:
    first, second = await two_versions(client)
    await put(client, first)
    url = champion_of(first["ml_model_id"])
    assert "etag" not in (await client.get(url)).headers
    await put(client, second)

    response = await client.get(url, headers={"If-None-Match": '"1"'})

    assert response.status_code == 200
    assert response.json() == second


async def test_models_have_aliases_of_one_name(client: AsyncClient) -> None:
    versions = [await ModelVersions.create(client) for _ in range(2)]
    for version in versions:
        await put(client, version)

    found = [await client.get(champion_of(version["ml_model_id"])) for version in versions]

    assert [each.json() for each in found] == versions


async def test_unknown_alias_is_not_found(client: AsyncClient) -> None:
    ml_model = await MlModels.create(client)

    for ml_model_id in (ml_model["id"], UNKNOWN_ID):
        assert_problem(await client.get(champion_of(ml_model_id)), 404, ModelAliases.unknown())


@pytest.mark.parametrize("name", ["a b", "a.b", "é", "x" * 256, "%00", "a%0A"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_what_is_no_name_is_not_found(client: AsyncClient, method: str, name: str) -> None:
    version = await ModelVersions.create(client)
    body = {"version_id": version["id"]} if method == "PUT" else None

    response = await client.request(
        method, f"{MlModels.path}/{version['ml_model_id']}/aliases/{name}", json=body
    )

    assert_problem(response, 404, "Not Found")
    assert await ModelAliases.listed(client) == []


async def test_put_for_an_unknown_model_is_not_found(client: AsyncClient) -> None:
    version = await ModelVersions.create(client)

    response = await put(client, version | {"ml_model_id": UNKNOWN_ID})

    assert_problem(response, 404, "There is no such ml model.")


@pytest.mark.parametrize(
    "body", [{}, {"version_id": None}, {"version_id": UNKNOWN_ID, "name": "a"}]
)
async def test_wrong_put_is_refused(client: AsyncClient, body: Json) -> None:
    ml_model = await MlModels.create(client)

    response = await client.put(champion_of(ml_model["id"]), json=body)

    assert response.status_code == 422


@pytest.mark.parametrize("whose", ["mine", "theirs"])
@pytest.mark.parametrize("exists", [True, False])
async def test_alias_of_somebody_else_is_neither_seen_nor_moved(
    client: AsyncClient, other: AsyncClient, whose: str, exists: bool
) -> None:
    first, second = await two_versions(other)
    before = (await put(other, first)).json() if exists else None
    version = second if whose == "theirs" else await ModelVersions.create(client)

    response = await put(client, version | {"ml_model_id": first["ml_model_id"]})

    assert_problem(response, 404, "There is no such ml model.")
    assert_problem(await client.get(champion_of(first["ml_model_id"])), 404, ModelAliases.unknown())
    assert await ModelAliases.listed(other) == ([before] if before else [])


async def test_version_of_somebody_else_gets_no_alias(
    client: AsyncClient, other: AsyncClient
) -> None:
    ml_model = await MlModels.create(client)
    theirs = await ModelVersions.create(other)

    response = await put(client, theirs | {"ml_model_id": ml_model["id"]})

    assert response.status_code == 409
    assert response.json()["detail"] == NO_VERSION


async def test_of_simultaneous_puts_each_counts_and_one_alias_is_left(
    concurrent_client: AsyncClient,
) -> None:
    client = concurrent_client
    versions = await two_versions(client)

    responses = await asyncio.gather(*(put(client, versions[n % 2]) for n in range(32)))

    model_alias = (await ModelAliases.listed(client, limit=100))[0]
    assert [response.status_code for response in responses] == [200] * 32
    assert len({response.json()["id"] for response in responses}) == 1
    assert model_alias in [response.json() for response in responses]


async def test_of_simultaneous_creations_of_one_alias_one_succeeds(
    concurrent_client: AsyncClient,
) -> None:
    client = concurrent_client
    body = await ModelAliases.new(client)

    responses = await asyncio.gather(
        *(client.post(ModelAliases.path, json=body) for _ in range(16))
    )

    assert sorted(response.status_code for response in responses) == [201] + [409] * 15
    assert {each.json()["detail"] for each in responses if each.status_code == 409} == {TAKEN}
