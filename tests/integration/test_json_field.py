"""JSON fields answer the same on every database: numbers, versions and bounds."""

import pytest
from httpx import AsyncClient, Response

from src.models.storable import JSON_BYTES
from tests.api import assert_invalid, version_in
from tests.cost import cheaply

PATH = "/api/v1/things"
NUMBERS = {
    "-0.0": "0.0",
    "1e16": "10000000000000000",
    "1.5e300": "15" + "0" * 299,
    "1e-7": "1e-7",
    "1.0": "1.0",
    "12345678901234567890": "12345678901234567890",
}
"""What is answered to a number, as text: in Python 1 and 1.0 are equal."""
CHANGES = [
    ('{"a": 1, "b": {"c": 2, "d": 3}}', '{"b": {"d": 3, "c": 2}, "a": 1}', False),
    ('{"a": 1e16}', '{"a": 10000000000000000}', False),
    ('{"a": 0.0}', '{"a": -0.0}', False),
    ('{"a": 1}', '{"a": 1.0}', True),
    ('{"a": 1}', '{"a": true}', True),
    ('{"a": [1, 2]}', '{"a": [2, 1]}', True),
]


async def create(client: AsyncClient, settings: str) -> Response:
    body = f'{{"name": "a thing", "settings": {settings}}}'
    return await client.post(PATH, content=body, headers={"Content-Type": "application/json"})


@pytest.mark.parametrize(("sent", "answered"), NUMBERS.items())
async def test_number_is_answered_in_one_spelling(
    client: AsyncClient, sent: str, answered: str
) -> None:
    created = await create(client, f'{{"a": {sent}}}')

    read = await client.get(created.headers["location"])

    assert f'"settings":{{"a":{answered}}}' in created.text
    assert read.text == created.text


@pytest.mark.parametrize(("before", "after", "differs"), CHANGES)
async def test_version_grows_only_with_what_the_json_says(
    client: AsyncClient, before: str, after: str, differs: bool
) -> None:
    created = await create(client, before)

    changed = await client.patch(
        created.headers["location"],
        content=f'{{"settings": {after}}}',
        headers={"Content-Type": "application/json"},
    )

    assert changed.status_code == 200
    assert version_in(changed.headers["etag"]) == (2 if differs else 1)


@pytest.mark.parametrize("count", [JSON_BYTES // 300, JSON_BYTES // 7])
async def test_bytes_are_counted_as_they_are_answered(client: AsyncClient, count: int) -> None:
    numbers = [1e300] * count

    refused = await cheaply(lambda: create(client, f'{{"a": {numbers}}}'))

    assert_invalid(refused, {"body.settings": [f"must have at most {JSON_BYTES} bytes"]})
