import resource

import pytest
from sqlalchemy import URL

from tests.databases import build


@pytest.fixture(scope="session", autouse=True)
def files() -> None:
    """Let this process, and those that it starts, open a thousand connections and more."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@pytest.fixture
def url(empty_url: URL) -> URL:
    """A database of the test's own, built by the migrations."""
    build(empty_url)
    return empty_url
