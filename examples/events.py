"""The data of the example, made anew from a seed: ``python -m examples.events``."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

PATH = Path("data/events.csv")
COUNT, CUSTOMERS, DAYS = 10_000, 200, 28
FIRST = datetime(2026, 10, 1, tzinfo=UTC)
CHANNELS = ("web", "shop", "app")

type Event = tuple[str, str, int, str]


def events() -> Iterator[Event]:
    """Yield customer, time, amount and channel of purchases, in the order of their times."""
    chance = Random(20261001)  # noqa: S311
    seconds = sorted(chance.sample(range(DAYS * 24 * 3600), COUNT))
    for second in seconds:
        customer = int(chance.triangular(0, CUSTOMERS, 0))  # some buy more often than others
        at = FIRST + timedelta(seconds=second)
        amount = round(chance.lognormvariate(7.5, 0.8))
        yield f"c{customer:03}", f"{at:%Y-%m-%dT%H:%M:%SZ}", amount, chance.choice(CHANNELS)


def write(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["customer", "at", "amount_cents", "channel"])
        lines.writerows(events())


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    write(PATH)
