"""The service below a prefix of a real nginx, which compresses and buffers."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from httpx import AsyncClient, AsyncHTTPTransport
from sqlalchemy import URL, make_url

from tests.api import THINGS, create_thing
from tests.databases import build
from workshop.faults.service import FAULTY
from workshop.rigs.clients import client_of
from workshop.rigs.nginx import PREFIX, nginx
from workshop.rigs.service import Service, served
from workshop.rigs.wire import connected, request_bytes

ELSEWHERE = {"Host": "10.1.2.3:8000"}
OTHER = "127.0.0.2"
"""Another address of this machine, which the service does not trust."""


@dataclass
class Behind:
    service: Service
    port: int
    client: AsyncClient


@pytest.fixture(scope="module", autouse=True)
def only_once(postgres: URL | None) -> None:
    if postgres is not None:
        pytest.skip("What stands before the service knows nothing about its database.")


@pytest.fixture(scope="module")
async def behind(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Behind]:
    async with behind_nginx(tmp_path_factory.mktemp("nginx")) as behind:
        yield behind


@asynccontextmanager
async def behind_nginx(folder: Path) -> AsyncIterator[Behind]:
    url = make_url(f"sqlite+aiosqlite:///{folder}/service.db")
    build(url)
    async with (
        served(url, folder, app=FAULTY, uvicorn_root_path=PREFIX) as service,
        nginx(service.port) as port,
        client_of(port, PREFIX) as client,
    ):
        yield Behind(service, port, client)


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
async def test_probe_by_address_is_answered_and_nothing_else(behind: Behind, path: str) -> None:
    for client in (behind.client, behind.service.client):
        probed = await client.get(path, headers=ELSEWHERE)
        refused = await client.get(THINGS, headers=ELSEWHERE)
        assert [probed.status_code, refused.status_code] == [200, 400]


async def test_every_link_of_the_documentation_leads_below_the_prefix(behind: Behind) -> None:
    page = await behind.client.get("/docs")
    links = re.findall(r"""(?:src|href)=["']([^"']+)|url: '([^']+)'""", page.text)
    found = [
        await behind.client.get(behind.client.base_url.join(link or other)) for link, other in links
    ]
    assert len(found) >= 3
    assert {each.status_code for each in found} == {200}
    document = next(each for each in found if each.headers["content-type"] == "application/json")
    assert document.json()["servers"] == [{"url": PREFIX}]


async def test_compressed_answer_has_a_tag_that_is_good_for_a_change(behind: Behind) -> None:
    thing = await create_thing(behind.client)
    path = f"{THINGS}/{thing['id']}"
    read = await behind.client.get(path)
    assert read.headers["content-encoding"] == "gzip"
    assert read.headers["etag"] == 'W/"1"'

    version = {"If-Match": read.headers["etag"]}
    changed = await behind.client.patch(path, json={"name": "changed"}, headers=version)
    again = await behind.client.patch(path, json={"name": "again"}, headers=version)

    assert [changed.status_code, again.status_code] == [200, 412]


async def test_caller_is_who_the_proxy_says_and_nobody_else_is_believed(behind: Behind) -> None:
    forged = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "gopher"}

    async def asked(client: AsyncClient) -> str:
        url = client.base_url.join(f"{client.base_url.path}caller")
        async with AsyncClient(transport=AsyncHTTPTransport(local_address=OTHER)) as other:
            return str((await other.get(url, headers=forged)).json())

    assert await asked(behind.client) == f"https {OTHER}"
    assert await asked(behind.service.client) == f"http {OTHER}"


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        pytest.param({"X-Long": "x" * 9_000}, b"{}", 400, id="a header of 9 kB"),
        pytest.param({f"X-{n}": "x" * 7_000 for n in range(9)}, b"{}", 400, id="headers of 63 kB"),
        pytest.param({}, b"x" * 2_500_000, 413, id="a body of 2.5 MB"),
    ],
)
async def test_what_is_too_large_does_not_reach_the_service(
    behind: Behind, headers: dict[str, str], body: bytes, status: int
) -> None:
    logged = behind.service.log.read_text(encoding="utf-8")
    answer = await behind.client.post(THINGS, content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html"  # nginx's own
    assert behind.service.log.read_text(encoding="utf-8") == logged


async def test_upload_that_is_stuck_holds_up_nginx_and_not_the_service(tmp_path: Path) -> None:
    stuck = request_bytes("POST", f"{PREFIX}{THINGS}", b'{"name": "stuc', length=1000)
    async with behind_nginx(tmp_path) as behind, connected(behind.port) as (_, writer):
        writer.write(stuck)
        await writer.drain()
        assert (await behind.client.get("/health")).status_code == 200
        logged = behind.service.log.read_text(encoding="utf-8")
        behind.service.process.terminate()
        await behind.service.exit_within(4)  # of 5 that it would give the upload
    assert "POST" not in logged
