"""The examples, run as their readers run them."""

import asyncio
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import httpx
import pytest

from src.core.blocking import blocking
from src.core.database import Database
from src.core.settings import Settings
from src.schemas.deployment import DeploymentQuery
from src.schemas.user import UserQuery
from src.services.deployment import DeploymentService
from src.services.user import UserService
from tests.access import issue_token
from tests.api import Json
from tests.apps import make_settings
from tests.e2e import test_service
from tests.e2e.test_service import served

environment = test_service.environment
built = test_service.built

API = "/api/v1"
SECONDS = 60


@pytest.fixture(autouse=True)
def temporary_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the examples' artefacts out of the system's temporary folder."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def run(module: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module],
        env=os.environ | environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=SECONDS,
    )


async def new_token(settings: Settings) -> str:
    database = Database(settings)
    issued = await issue_token(database)
    await database.dispose()
    return issued.token


def items(client: httpx.Client, collection: str) -> list[Json]:
    found: list[Json] = client.get(f"{API}/{collection}").raise_for_status().json()["items"]
    return found


def test_digits_are_trained_compared_promoted_and_deployed(built: dict[str, str]) -> None:
    token = asyncio.run(new_token(make_settings(built["DATABASE_URL"])))
    with served(built, "src.serve") as (client, _):
        service = {"SERVICE_URL": str(client.base_url), "SERVICE_TOKEN": token}
        done = run("examples.digits", service)

        assert done.returncode == 0, done.stderr
        client.headers["Authorization"] = f"Bearer {token}"
        experiments, versions = items(client, "experiments"), items(client, "model-versions")
        [deployment], [alias] = items(client, "deployments"), items(client, "model-aliases")
        sessions = items(client, 'documents?kind=model_session&where={"status": "finished"}')
        metrics = [items(client, f"experiments/{e['id']}/metrics/summary") for e in experiments]

    assert [each["status"] for each in experiments] == ["completed", "completed"]
    assert [[(m["key"], m["count"]) for m in each] for each in metrics] == [
        [("accuracy", 20), ("loss", 20)]
    ] * 2
    best, worst = versions
    uris = [each["body"]["checkpoints"] for each in sessions]
    assert uris == [[{"uri": best["storage_uri"]}], [{"uri": worst["storage_uri"]}]]
    assert best["test_metrics"]["accuracy"] > worst["test_metrics"]["accuracy"]
    assert [best["stage"], worst["stage"]] == ["production", "development"]
    assert alias["name"] == "champion"
    assert best["id"] == deployment["version_id"] == alias["version_id"]
    assert deployment["reason"] in done.stdout


def test_digits_offline_needs_no_running_service(built: dict[str, str]) -> None:
    done = run("examples.digits_offline", built)

    assert done.returncode == 0, done.stderr
    settings = make_settings(built["DATABASE_URL"])
    with blocking(UserService, settings) as users:
        [user] = users.find(UserQuery()).items
    with blocking(partial(DeploymentService, owner_id=user.id), settings) as deployments:
        [deployment] = deployments.find(DeploymentQuery()).items
    assert deployment.environment == "production"
    assert f"Deployed: {deployment.reason}" in done.stdout
