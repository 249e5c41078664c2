"""A folder that has lost a content, or fails."""

import logging
from pathlib import Path

import pytest
from httpx import AsyncClient

from tests.api import assert_problem
from tests.files import address_of, content_of, create, path_of, put, read, store

GONE = "The content of this file is not in the storage any more."
AWAY = "The storage of files cannot be reached: repeat the request."
BODY = b"a,b\n1,2\n"


async def test_content_that_is_gone_is_told(
    client: AsyncClient, place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = await store(client, BODY)
    (place / address_of(BODY)).unlink()

    assert_problem(await client.get(content_of(file)), 410, GONE)

    assert "A content is not in the storage" in caplog.text
    assert (await client.get(path_of(file))).status_code == 200
    await store(client, BODY)  # heals it
    assert (await client.get(content_of(file))).content == BODY


@pytest.mark.parametrize("blocked", ["tmp", "files", address_of(BODY)])
async def test_folder_that_fails_is_told(
    client: AsyncClient, place: Path, caplog: pytest.LogCaptureFixture, blocked: str
) -> None:
    file = await create(client)
    obstacle = place / blocked
    obstacle.parent.mkdir(parents=True, exist_ok=True)
    if blocked == address_of(BODY):
        (obstacle / "folder").mkdir(parents=True)
    else:
        obstacle.write_bytes(b"no folder")

    assert_problem(await put(client, file, BODY), 503, AWAY)

    assert "The storage of files fails" in caplog.text
    assert {each.levelno for each in caplog.records} == {logging.INFO, logging.WARNING}
    assert (await read(client, file))["status"] == "pending"


async def test_content_that_cannot_be_read_is_told(client: AsyncClient, place: Path) -> None:
    file = await store(client, BODY)
    content = place / address_of(BODY)
    content.unlink()
    content.mkdir()

    assert_problem(await client.get(content_of(file)), 503, AWAY)
