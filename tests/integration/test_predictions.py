"""What is refused before a child process predicts; predictions are in tests/worker."""

import pytest
from httpx import AsyncClient

from src.core.errors import InvalidError
from src.schemas.prediction import Feature, Row
from src.services.trained_model import NOT_TRAINED
from src.training.predictions import OTHER_FEATURES, SHOWN, in_order
from tests.api import Json, assert_problem
from tests.callers import Sample
from tests.integration.test_model_versions import TestModelVersions as ModelVersions

ROWS: Json = {"rows": [{"length": 1.5, "city": "Rome", "ok": True, "width": None}]}
SAMPLES: dict[str, Sample] = {
    # No version of the facts was trained here.
    "POST /api/v1/model-versions/{model_version_id}/predictions": Sample(
        body=lambda _: ROWS, refusal=409
    ),
    "GET /api/v1/model-versions/{model_version_id}/signature": Sample(refusal=409),
}
FEATURES = [Feature(name="length", type="number"), Feature(name="city", type="text")]


async def test_version_of_others_making_predicts_nothing(client: AsyncClient) -> None:
    path = ModelVersions.path_of(await ModelVersions.create(client))

    assert_problem(await client.get(f"{path}/signature"), 409, NOT_TRAINED)
    assert_problem(await client.post(f"{path}/predictions", json=ROWS), 409, NOT_TRAINED)


async def test_version_of_another_user_is_as_if_not_there(
    client: AsyncClient, other: AsyncClient
) -> None:
    path = ModelVersions.path_of(await ModelVersions.create(client))

    for response in (
        await other.get(f"{path}/signature"),
        await other.post(f"{path}/predictions", json=ROWS),
    ):
        assert_problem(response, 404, "There is no such model version.")


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"rows": []}, "body.rows"),
        ({"rows": [{}] * 1_001}, "body.rows"),
        ({"rows": [{"a": [1]}]}, "body.rows.0"),
        ({"rows": [{"a": "x" * 1_001}]}, "body.rows.0"),
        ({"rows": [{"x" * 101: 1}]}, "body.rows.0"),
        ({"rows": [{f"{n}": 1 for n in range(501)}]}, "body.rows.0"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_rows_have_bounds(client: AsyncClient, body: Json, place: str) -> None:
    path = ModelVersions.path_of(await ModelVersions.create(client))

    response = await client.post(f"{path}/predictions", json=body)

    assert response.status_code == 422
    assert [*response.json()["errors"]] == [place]
    assert "xxx" not in response.text


async def test_bytes_of_rows_are_bounded(client: AsyncClient) -> None:
    path = ModelVersions.path_of(await ModelVersions.create(client))

    response = await client.post(f"{path}/predictions", content=b" " * 1_000_001)

    assert_problem(response, 413, "The body may have at most 1000000 bytes.")


def test_values_are_put_in_the_order_of_the_features() -> None:
    rows: list[Row] = [{"city": "Rome", "length": 1}, {"length": None, "city": None}]

    assert in_order(FEATURES, rows) == [[1, "Rome"], [None, None]]


@pytest.mark.parametrize(
    ("row", "messages"),
    [
        ({"length": 1}, ["lacks city"]),
        ({}, ["lacks length, city"]),
        ({"length": 1, "city": "a", "x": 1, "y": 1}, ["has 2 names that are no feature"]),
        ({"length": 1, "town": "a"}, ["lacks city", "has 1 names that are no feature"]),
        ({"length": "1", "city": "a"}, ["length must be a number, or null"]),
        ({"length": True, "city": 7}, ["city must be a text, or null"]),
    ],
    ids=str,
)
def test_rows_have_the_features_of_the_model(row: Json, messages: list[str]) -> None:
    with pytest.raises(InvalidError, match=OTHER_FEATURES) as raised:
        in_order(FEATURES, [{"length": 1, "city": "a"}, row])

    assert raised.value.extensions["errors"] == {"body.rows.1": messages}


def test_few_rows_are_told_to_be_wrong() -> None:
    with pytest.raises(InvalidError) as raised:
        in_order(FEATURES, [{}] * 100)

    errors = raised.value.extensions["errors"]
    assert isinstance(errors, dict)
    assert len(errors) == SHOWN
