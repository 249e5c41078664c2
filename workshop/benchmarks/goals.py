"""What the service has to reach, beside what it was measured at."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median as middle
from typing import NamedTuple

from workshop.benchmarks.costs import IDLE, Costs
from workshop.benchmarks.growth import (
    BY_NAME,
    BY_NAME_DEEP,
    NEWEST,
    NEWEST_DEEP,
    SIZES,
    Case,
    Growth,
)
from workshop.benchmarks.lasting import REQUESTS, Lasting
from workshop.benchmarks.measuring import median, ratio
from workshop.benchmarks.rows import Row
from workshop.benchmarks.servers import DRIVER, OURS
from workshop.benchmarks.tail import CROWD, Tail

_OF_COSTS = {
    "PostgreSQL": {
        "get": (2.0, 1.6),
        "list of 20": (1.9, 1.6),
        "create": (2.5, 2.0),
        "patch": (2.5, 2.0),
        IDLE: (1.9, 1.4),
    },
    "SQLite": {"get": (2.6, 2.0), "list of 20": (2.1, 1.7), "create": (2.1, 1.7)},
}
_STRETCH = 1.3


@dataclass(frozen=True)
class Findings:
    """Each by the name of its database."""

    versions: dict[str, str] = field(default_factory=dict)
    costs: dict[str, Costs] = field(default_factory=dict)
    tails: dict[str, Tail] = field(default_factory=dict)
    growths: dict[str, Growth] = field(default_factory=dict)
    lastings: dict[str, Lasting] = field(default_factory=dict)


class Goal(NamedTuple):
    what: str
    must: str
    aim: str
    measured: str
    is_met: bool


def goals(findings: Findings) -> Iterator[Goal]:
    for database, costs in findings.costs.items():
        yield from _of_costs(database, costs)
    for database, tail in findings.tails.items():
        yield from _of_tails(database, tail)
    for database, growth in findings.growths.items():
        yield from _of_growth(database, growth)
    for database, lasting in findings.lastings.items():
        yield from _of_lasting(database, lasting)


def _of_costs(database: str, costs: Costs) -> Iterator[Goal]:
    other = Row(DRIVER[database])
    for operation, (must, aim) in _OF_COSTS[database].items():
        servers = costs[operation]
        ours = Row(OURS, has_token=operation != IDLE)
        found = ratio(servers[ours], servers[other])
        what = f"{database}, {operation}: CPU of {ours} ÷ {other}"
        yield Goal(what, str(must), str(aim), f"{found:.2f}", found <= must)


def _of_tails(database: str, tail: Tail) -> Iterator[Goal]:
    for load, servers in tail.servers.items():
        ours, theirs = (
            median(servers[Row(name, has_token=not load.startswith(IDLE))])
            for name in (OURS, DRIVER[database])
        )
        must = f"{_STRETCH}, or {DRIVER[database]}'s {theirs.stretch:.2f}"
        found = f"{ours.stretch:.2f}"
        if load.startswith("mixed"):
            found += f" (reads {ours.reads_stretch:.2f}, writes {ours.writes_stretch:.2f})"
        is_met = ours.stretch <= max(_STRETCH, theirs.stretch)
        yield Goal(f"{database}, {load}: p99 ÷ p50", must, "", found, is_met)
    wrong = tail.crowd.errors + tail.crowd.timeouts
    what = f"{database}, {CROWD:,} clients: neither 2xx nor 503 with Retry-After"
    yield Goal(what, "0", "", str(wrong), wrong == 0)


def wrong_answers(findings: Findings) -> int:
    """Of this service: neither 2xx nor 503 with Retry-After, or none at all."""
    tails = findings.tails.values()
    rounds = [
        one
        for loads in (*findings.costs.values(), *(tail.servers for tail in tails))
        for servers in loads.values()
        for row in servers
        if row.server == OURS
        for one in servers[row]
    ]
    crowds = [tail.crowd for tail in tails]
    return sum(one.errors + one.timeouts for one in rounds) + sum(
        crowd.errors + crowd.timeouts for crowd in crowds
    )


def _of_growth(database: str, growth: Growth) -> Iterator[Goal]:
    for deep, first in ((NEWEST_DEEP, NEWEST), (BY_NAME_DEEP, BY_NAME)):
        found = ratio(growth[Case(deep, SIZES[-1])], growth[Case(first, SIZES[-1])])
        what = f"{database}, page by {first.sort} at row {SIZES[-1]:,} ÷ page 1: CPU"
        yield Goal(what, "1.1", "", f"{found:.2f}", round(found, 1) <= 1.1)


def _of_lasting(database: str, lasting: Lasting) -> Iterator[Goal]:
    start, most = middle(lasting.starts), lasting.megabytes[REQUESTS]
    rise = most - lasting.megabytes[REQUESTS // 2]
    yield Goal(f"{database}, start to the first 200, s", "2.2", "", f"{start:.2f}", start <= 2.2)
    what = f"{database}, memory after {REQUESTS:,} requests, MB; rise in their second half"
    yield Goal(what, "140; 1", "", f"{most:.0f}; {rise:.1f}", most <= 140 and rise <= 1)
    cost = lasting.of_a_feature
    yield Goal(f"{database}, each further feature, µs", "1", "", f"{cost:.2f}", cost <= 1)
