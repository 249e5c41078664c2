"""Run in a tree with generated features: ``python -m workshop.generator.rows <address> [steps]``.

Without steps it migrates a database, and creates a row of every feature as the generated tests do
it. With them it takes the database up, so many steps down and up again, and counts the rows; then all the way.
"""

import asyncio
import sys
from importlib import import_module
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, NullPool, create_engine, inspect, make_url

import tests.environment  # noqa: F401  # before all else
from scaffold.spec.records import load_features
from src.main import create_app
from tests.apps import client_of, make_settings
from tests.contract.found import features
from tests.databases import environment_of
from tests.fixtures import PLUGINS

CONFIG = Config("alembic.ini")


def fill(url: URL) -> None:
    command.upgrade(CONFIG, "head")
    asyncio.run(create_rows(url))


async def create_rows(url: URL) -> None:
    for plugin in PLUGINS:  # which choose the settings of capabilities
        import_module(plugin)
    app = create_app(make_settings(url))
    async with app.router.lifespan_context(app), client_of(app) as client:
        generated = {name: each for name, each in load_features(Path()).items() if each.fields}
        for feature in generated.values():
            facts = features()[f"/api/v1/{feature.path}"]
            row = await facts.create(client)
            for name, link in facts.links.items():
                target = await facts.linked(link).create(client)
                path = f"{facts.path_of(row)}/{name}/{target['id']}"
                assert (await client.put(path)).status_code == 204


def migrate(url: URL, steps: int) -> None:
    before = counts(url)
    command.upgrade(CONFIG, "head")
    after = counts(url)
    stays = before.keys() & after.keys()  # tables of links come and go
    assert {name: after[name] for name in stays} == {name: before[name] for name in stays}
    command.downgrade(CONFIG, f"-{steps}")
    command.upgrade(CONFIG, "head")
    assert counts(url) == after
    command.downgrade(CONFIG, "base")
    command.upgrade(CONFIG, "head")
    command.check(CONFIG)


def counts(url: URL) -> dict[str, int]:
    url = url.set(drivername=url.drivername.removesuffix("+aiosqlite"))
    engine = create_engine(url, poolclass=NullPool)
    tables = {
        each for each in inspect(engine).get_table_names() if not each.startswith("search_of_")
    }
    tables.remove("alembic_version")
    with engine.connect() as connection:
        return {
            table: connection.exec_driver_sql(f'SELECT count(*) FROM "{table}"').scalar_one()  # noqa: S608
            for table in tables
        }


def main(address: str, steps: str = "") -> None:
    url = make_url(address)
    with environment_of(url):
        migrate(url, int(steps)) if steps else fill(url)


if __name__ == "__main__":
    main(*sys.argv[1:])
