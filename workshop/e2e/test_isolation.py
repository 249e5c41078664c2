"""The suite never touches a developer's own database."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from src.core.blocking import blocking
from tests.apps import make_settings
from tests.databases import build
from tests.things import ThingCreate, ThingQuery, ThingService


@pytest.fixture
def working_database(tmp_path: Path) -> Path:
    """Return a developer's database, with a thing in it."""
    path = tmp_path / "service.db"
    settings = make_settings(f"sqlite:///{path}")
    build(settings.database_url)
    with blocking(ThingService, settings) as things:
        things.create(ThingCreate(name="precious"))
    return path


def test_suite_does_not_change_the_working_database(working_database: Path) -> None:
    before = sha256(working_database.read_bytes()).digest()
    tests = ["tests/integration/test_service.py", "tests/integration/test_blocking.py"]

    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:schemathesis",
            *tests,
        ],
        env=os.environ | {"DATABASE_URL": f"sqlite:///{working_database}"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert run.returncode == 0, run.stdout
    assert " passed" in run.stdout
    assert sha256(working_database.read_bytes()).digest() == before
    with blocking(ThingService, make_settings(f"sqlite:///{working_database}")) as things:
        assert [each.name for each in things.find(ThingQuery()).items] == ["precious"]
