"""The sums of docs/scale.md follow from the code, and from the figures that the page names."""

import re
from collections import Counter
from math import ceil
from pathlib import Path

from src.core.database import Database
from src.core.observer import Observer
from src.core.settings import Settings
from tests.apps import make_settings

PAGE = Path("docs/scale.md").read_text(encoding="utf-8")
PRIMARY, STANDBY = "postgresql://primary/db", "postgresql://standby/db"
LISTENING = 1
"""The connection of `Listener`, which is in no pool."""
BUSY = 0.6


class Sizes(Observer, Counter[str]):
    """Counts the connections of each pool."""

    def pool_changed(self, pool: str, state: str, change: int) -> None:
        if state == "size":
            self[pool] += change


def sizes(**settings: object) -> Sizes:
    sizes = Sizes()
    Database(make_settings(PRIMARY, database_read_url=STANDBY, **settings), [sizes])
    return sizes


def by_default() -> Sizes:
    return sizes(database_pool_size=Settings.model_fields["database_pool_size"].default)


def primary_of(sizes: Sizes) -> int:
    return sizes.total() - sizes["replica"] + LISTENING


def held_by(process: str) -> int:
    """Return the number in the row of a process."""
    (number,) = re.findall(rf"^\| {process} \| (\d+) \|", PAGE, re.MULTILINE)
    return int(number)


def test_connections_of_an_instance_are_those_of_its_pools() -> None:
    assert held_by("an instance") == primary_of(by_default())
    assert held_by("an instance, on the standby") == by_default()["replica"]
    (few,) = re.findall(r"`DATABASE_POOL_SIZE=2` an instance holds (\d+)", PAGE)
    assert int(few) == primary_of(sizes(database_pool_size=2))


def test_capacity_follows_from_the_costs_of_a_request() -> None:
    (costs,) = re.findall(r"([\d.]+) ms of CPU and PostgreSQL ([\d.]+) ms", PAGE)
    service, database = (float(each) / 1000 / BUSY for each in costs)
    rows = re.findall(rf"^\|{5 * r' ([\d,]+) \|'}", PAGE, re.MULTILINE)
    assert len(rows) == 4
    for row in rows:
        rate, *rest = (int(each.replace(",", "")) for each in row)
        instances = ceil(rate * service)
        connections = instances * held_by("an instance")
        assert rest == [instances, ceil(rate * database), connections, 2 * connections]
    assert f"{round(1 / service, -1):.0f} requests/s and core" in PAGE
