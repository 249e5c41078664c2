from collections.abc import Iterator

import pytest
from sqlalchemy import URL

from tests.databases import build
from workshop.rigs.postgres import Pair, pair


@pytest.fixture
def url(empty_url: URL) -> URL:
    """A database of the test's own, built by the migrations."""
    build(empty_url)
    return empty_url


@pytest.fixture
def postgres_only(postgres: URL | None) -> None:
    if postgres is None:
        pytest.skip("SQLite has no server whose connections could break.")


@pytest.fixture
def servers(postgres_only: None) -> Iterator[Pair]:
    """A primary, built by the migrations, and its standby."""
    with pair() as servers:
        build(servers.primary.url)
        yield servers
