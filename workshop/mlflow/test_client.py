"""MLflow's own client, unchanged, finds here what it finds at MLflow's own server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.databases import build
from workshop.mlflow.conftest import Version, facts_of, mlflow_server
from workshop.rigs.clients import HOST
from workshop.rigs.service import served

PARTS = ("metrics", "nested", "searches", "autologging", "models", "artefacts")


@pytest.fixture
async def here(empty_url: URL, tmp_path: Path) -> AsyncIterator[str]:
    """Return the URL of the service, on a database of the test's own."""
    build(empty_url)
    async with served(empty_url, tmp_path, app="src.main:start") as service:
        yield f"http://{HOST}:{service.port}"


async def test_smoke(here: str, tmp_path: Path) -> None:
    facts = await facts_of("newest", here, tmp_path, "metrics", "nested", "searches")

    assert facts["metrics"]["points"] == [10_000, 1.0, 0.0001, 9999]
    assert facts["metrics"]["plain"] == [[0, 1.0], [0, 2.0], [0, 3.0]]
    assert facts["metrics"]["early"] == [[-1, 0.5]]
    assert facts["metrics"]["latest"]["nothing"] == "nan"
    assert facts["nested"]["children"] == [["child", {"number": float(n)}] for n in range(3)]
    assert facts["searches"]["metrics.acc > 0.5"] == ["run 11", "run 10", "run 9", "run 8", "run 6"]


@pytest.mark.parametrize("version", ["newest", "earlier"])
async def test_client_finds_what_it_finds_at_its_own_server(
    here: str, tmp_path: Path, version: Version
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    async with mlflow_server(version, theirs) as (there, _):
        expected = await facts_of(version, there, theirs, *PARTS)

    facts = await facts_of(version, here, tmp_path, *PARTS)

    for part in PARTS:
        assert facts[part] == expected[part], part
