"""The migration of docs/partitions.md: points move into partitions and back, and none is lost."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, NullPool, create_engine
from sqlalchemy.exc import OperationalError

from src.main import create_app
from tests.apps import client_of, make_settings
from workshop.generator.trees import copy_tree
from workshop.rigs.clients import run_sql
from workshop.scale.points import ROWS, fill, measured

PAGE = Path("docs/partitions.md")
FILE = "alembic/versions/20261201_0900_partition_metrics.py"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
TESTS = ("tests/integration/test_m[il]*.py", "tests/performance/test_metrics.py")
ALL = "SELECT count(*), sum(hashtextextended(m::text, 0)) FROM ml_metrics m"
PARTITIONS = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'ml_metrics'::regclass"
TABLES = "SELECT relname FROM pg_class WHERE starts_with(relname, 'ml_metrics') AND relkind = 'r'"
WAITS = "SELECT FROM pg_locks WHERE NOT granted AND relation = 'experiments'::regclass"
REFERENCES = """
    SELECT conrelid::regclass::text, conname, confrelid::regclass::text FROM pg_constraint
    WHERE contype = 'f' ORDER BY 1, 2
"""
DELETE_ONE = "DELETE FROM experiments WHERE id = (SELECT min(id::text)::uuid FROM experiments)"


def add_to(tree: Path) -> None:
    """Save the file of the page as its reader does."""
    (block,) = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    head = ScriptDirectory(str(tree / "alembic")).get_current_head()
    (tree / FILE).write_text(block.replace('"HEAD"', f'"{head}"'), encoding="utf-8")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Migrations with the one of the page, as the last."""
    copytree("alembic", tmp_path / "alembic")
    config = Config("alembic.ini")
    config.set_main_option("script_location", str(tmp_path / "alembic"))
    command.upgrade(config, "head")
    add_to(tmp_path)
    return config


@pytest.fixture
def url(postgres: URL | None, empty_url: URL) -> URL:
    if postgres is None:
        pytest.skip("SQLite has no partitions.")
    return empty_url


@contextmanager
def timed(what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - began:.1f} s")


async def test_points_move_into_partitions_and_back(url: URL, config: Config) -> None:
    app = create_app(make_settings(url))  # without tables of the tests' own
    async with app.router.lifespan_context(app), client_of(app) as client:
        await fill(client, url)
        points = run_sql(url, ALL)
        whole = await measured(client, url)
        with timed(f"{ROWS:,} points into partitions"):
            command.upgrade(config, "head")
        command.check(config)

        assert run_sql(url, ALL) == points
        assert run_sql(url, PARTITIONS) == [(16,)]
        parted = await measured(client, url)
        print(f"whole: {whole}", f"parted: {parted}", sep="\n")
        before = run_sql(url, "SELECT count(*) FROM ml_metrics")
        run_sql(url, DELETE_ONE)
        points = run_sql(url, ALL)
        assert 0 < points[0][0] < before[0][0]

        with timed("back"):
            command.downgrade(config, "-1")
        command.check(Config("alembic.ini"))
        assert run_sql(url, ALL) == points
        assert run_sql(url, TABLES) == [("ml_metrics",)]


def test_points_are_read_meanwhile_and_a_failure_changes_nothing(url: URL, config: Config) -> None:
    facts = run_sql(url, TABLES), run_sql(url, REFERENCES)
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as other, ThreadPoolExecutor(1) as threads:
        other.exec_driver_sql("LOCK TABLE experiments IN ROW EXCLUSIVE MODE")
        migration = threads.submit(command.upgrade, config, "head")
        while not run_sql(url, WAITS):  # copied, and about to refer to the experiments
            assert not migration.done()
        read = run_sql(url, "SELECT count(*) FROM ml_metrics")
        with pytest.raises(OperationalError, match="could not obtain lock"), engine.begin() as own:
            own.exec_driver_sql("LOCK TABLE ml_metrics IN ROW EXCLUSIVE MODE NOWAIT")
        with pytest.raises(OperationalError, match="lock timeout"):
            migration.result()

    assert read == [(0,)]
    assert (run_sql(url, TABLES), run_sql(url, REFERENCES)) == facts


def test_sqlite_stays_as_it_is(postgres: URL | None, empty_url: URL, config: Config) -> None:
    if postgres is not None:
        pytest.skip("This is about SQLite.")
    schema = "SELECT sql FROM sqlite_master ORDER BY name"
    before = run_sql(empty_url, schema)

    command.upgrade(config, "head")
    command.check(config)

    assert run_sql(empty_url, schema) == before
    command.downgrade(config, "-1")
    assert run_sql(empty_url, schema) == before


@pytest.mark.usefixtures("url")
def test_suite_of_metrics_passes_with_partitions(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path / "tree")
    add_to(tree)
    tests = [each for pattern in TESTS for each in sorted(tree.glob(pattern))]
    assert len(tests) > 2

    for module in (["ruff", "check", FILE], ["mypy", FILE], ["pytest", "-q", "--postgres", *tests]):
        subprocess.run([sys.executable, "-m", *module], cwd=tree, check=True)
