"""A running service with a user, and its OpenAPI document, on which generators work."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import make_url

from tests.apps import environment_for
from tests.databases import build
from tests.e2e.test_service import served

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"


class Running(NamedTuple):
    url: str
    document: Path

    @property
    def arguments(self) -> list[str]:
        return [self.url, EMAIL, PASSWORD]


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("clients")
    database = make_url(f"sqlite:///{folder}/service.db")
    build(database)
    environment = environment_for(database) | {"TOKEN_REQUIRED": "true"}
    command = [sys.executable, "-m", "src.commands", "create-admin"]
    subprocess.run(
        [*command, "--email", EMAIL, "--name", "Ada"],
        input=PASSWORD,
        env=environment,
        check=True,
        text=True,
        encoding="utf-8",
    )
    with served(environment, "uvicorn", "src.main:app") as (client, _):
        document = folder / "openapi.json"
        answer = client.get("/openapi.json").json()
        document.write_text(json.dumps(answer), encoding="utf-8")
        yield Running(str(client.base_url).rstrip("/"), document)
