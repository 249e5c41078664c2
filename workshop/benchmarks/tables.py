"""The findings as tables in Markdown."""

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isnan, nan

from workshop.benchmarks.costs import Costs
from workshop.benchmarks.goals import Goal
from workshop.benchmarks.growth import (
    BY_NAME,
    BY_NAME_DEEP,
    FIRST_10,
    NEWEST,
    NEWEST_DEEP,
    PAGES,
    SIZES,
    Case,
    Growth,
)
from workshop.benchmarks.lasting import Lasting
from workshop.benchmarks.measuring import Measurement, Rounds, median, ratio
from workshop.benchmarks.rows import Row
from workshop.benchmarks.servers import OURS
from workshop.benchmarks.tail import CROWD, Tail

SMALL, LARGE = SIZES[0], SIZES[-1]
_COMPARED = [
    (Case(FIRST_10, LARGE), Case(FIRST_10, SMALL)),
    (Case(NEWEST_DEEP, LARGE), Case(NEWEST, LARGE)),
    (Case(BY_NAME_DEEP, LARGE), Case(BY_NAME, LARGE)),
]


def costs_table(database: str, costs: Costs) -> str:
    header = ("CPU, µs", "ours ÷ it", "requests/s", "p50, ms", "p99, ms", "failed", "load, µs")
    return _table(
        [database, *header],
        (
            [f"{operation}, {row}", *_cost(_ours(servers, row), rounds)]
            for operation, servers in costs.items()
            for row, rounds in servers.items()
        ),
    )


def _ours(servers: Mapping[Row, Rounds], row: Row) -> Rounds:
    """Return what to compare with: with a token, too, if the other one has it."""
    return servers[Row(OURS, row.has_token)]


def _cost(ours: Rounds, rounds: Rounds) -> Sequence[str]:
    mid = median(rounds)
    figures = (mid.per_second, mid.p50_ms, mid.p99_ms, mid.failures, mid.load_cpu_us)
    return [_number(mid.cpu_us), f"{ratio(ours, rounds):.2f}", *map(_number, figures)]


def tail_table(database: str, tail: Tail) -> str:
    header = ("p50, ms", "p99, ms", "p99 ÷ p50", "reads", "writes")
    counts = ("503", "errors", "time-outs", "requests/s")
    return _table(
        [database, *header, *counts],
        (
            [f"{load}, {row}", *_tail(median(rounds))]
            for load, servers in tail.servers.items()
            for row, rounds in servers.items()
        ),
    )


def _tail(mid: Measurement) -> Iterator[str]:
    yield from map(_number, (mid.p50_ms, mid.p99_ms))
    yield "–" if isnan(mid.stretch) else f"{mid.stretch:.2f}"
    yield _pair(mid.reads_p50_ms, mid.reads_p99_ms)
    yield _pair(mid.writes_p50_ms, mid.writes_p99_ms)
    yield from map(_number, (mid.refusals, mid.errors, mid.timeouts, mid.per_second))


def _pair(p50: float, p99: float) -> str:
    return "–" if isnan(p50) else f"{_number(p50)}, {_number(p99)}"


def crowd_table(tails: Mapping[str, Tail]) -> str:
    header = ("answers", "2xx", "503 with Retry-After", "errors", "time-outs", "slowest, s")
    return _table(
        [f"{CROWD:,} clients on {OURS}", *header],
        ([database, *_crowd(tail)] for database, tail in tails.items()),
    )


def _crowd(tail: Tail) -> Iterable[str]:
    run = tail.crowd
    counts = (run.answers, len(run.successes), len(run.refusals), run.errors, run.timeouts)
    return [*map(str, counts), f"{max(run.successes + run.refusals, default=nan):.2f}"]


def growth_table(database: str, growth: Growth) -> str:
    return _table(
        [f"{database}, page", *(f"{size:,} rows" for size in SIZES)],
        ([str(page), *(_growth(growth.get(Case(page, size))) for size in SIZES)] for page in PAGES),
    )


def _growth(rounds: Rounds | None) -> str:
    if rounds is None:
        return "–"
    return f"{median(rounds).cpu_us:.0f}, {median(rounds).p50_ms * 1000:.0f}"


def growth_ratios(growths: Mapping[str, Growth]) -> str:
    return _table(
        ["compared", "CPU", "p50"],
        (
            [f"{database}: {one} ÷ {other}", *_ratios(growth[one], growth[other])]
            for database, growth in growths.items()
            for one, other in _COMPARED
        ),
    )


def lasting_table(lastings: Mapping[str, Lasting]) -> str:
    header = ("start, s", "each further feature, µs", "MB after requests")
    return _table(["", *header], ([database, *_lasting(one)] for database, one in lastings.items()))


def _lasting(one: Lasting) -> Iterator[str]:
    yield f"{statistics.median(one.starts):.2f}"
    yield f"{one.of_a_feature:.2f}"
    yield ", ".join(f"{mb:.1f} ({requests:,})" for requests, mb in one.megabytes.items())


def goals_table(found: Iterable[Goal]) -> str:
    rows = ([*each[:-1], "" if each.is_met else "missed"] for each in found)
    return _table(["", "must", "aim", "measured", ""], rows)


def _ratios(one: Rounds, other: Rounds) -> Iterable[str]:
    return [f"{ratio(one, other, figure):.2f}" for figure in ("cpu_us", "p50_ms")]


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---"] * len(header)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rule, *rows))


def _number(value: float) -> str:
    if isnan(value):
        return "–"
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"
