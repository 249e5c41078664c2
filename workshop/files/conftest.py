"""A service that stores files in a folder or in S3, which moto serves."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from httpx import AsyncClient
from sqlalchemy import URL, make_url

from src.files.store import Store
from src.files.stores import store_of
from tests.databases import build
from workshop.rigs.clients import HOST, free_port
from workshop.rigs.daemon import daemon
from workshop.rigs.forwarder import Forwarder, forwarded
from workshop.rigs.service import Service, served

PYTHON = Path(".venv-s3/bin/python")
BUCKET = "files"
KEYS = {"AWS_ACCESS_KEY_ID": "proof", "AWS_SECRET_ACCESS_KEY": "proof", "AWS_ALLOW_HTTP": "true"}


@dataclass
class Place:
    """Where files are stored, seen without the service."""

    service: Service
    store: Store
    database: URL
    folder: Path | None = None
    s3: AsyncClient | None = None
    way: Forwarder | None = None
    """To S3."""

    async def names(self) -> list[str]:
        """Return what is stored, unfinished uploads included."""
        if self.folder:
            found = [each for each in self.folder.rglob("*") if each.is_file()]
            return sorted(str(each.relative_to(self.folder)) for each in found)
        assert self.s3
        objects = (await self.s3.get(f"/{BUCKET}?list-type=2")).text
        uploads = (await self.s3.get(f"/{BUCKET}?uploads")).text
        return sorted(
            key for text in (objects, uploads) for key in _between(text, "<Key>", "</Key>")
        )


def _between(text: str, before: str, after: str) -> list[str]:
    return [each.partition(after)[0] for each in text.split(before)[1:]]


@pytest.fixture
def url(empty_url: URL) -> URL:
    """Return a database of the test's own, built by the migrations."""
    build(empty_url)
    return empty_url


@pytest.fixture(params=["folder", "s3"])
async def place(
    request: pytest.FixtureRequest, url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        if request.param == "folder":
            folder = tmp_path / "files"
            service = await stack.enter_async_context(served(url, tmp_path, files_url=folder))
            yield Place(service, store_of(str(folder)), url, folder=folder)
            return
        port, own = free_port(), tmp_path / "moto"
        own.mkdir()
        command = [str(PYTHON.absolute()), "-m", "moto.server", "-H", HOST, "-p", str(port)]
        await stack.enter_async_context(daemon(own, port, *command))
        s3 = AsyncClient(base_url=f"http://{HOST}:{port}", trust_env=False)
        await stack.enter_async_context(s3)
        (await s3.put(f"/{BUCKET}")).raise_for_status()
        way = await stack.enter_async_context(forwarded(make_url(f"http://{HOST}:{port}")))
        for name, value in KEYS.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_ENDPOINT_URL", way.url.render_as_string())
        files_url = f"s3://{BUCKET}/service"
        service = await stack.enter_async_context(served(url, tmp_path, files_url=files_url))
        store_of.cache_clear()
        yield Place(service, store_of(files_url), url, s3=s3, way=way)
