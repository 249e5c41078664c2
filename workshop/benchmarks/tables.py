"""The findings as tables in Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from math import isnan, nan

from workshop.benchmarks.costs import Costs
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
from workshop.benchmarks.measuring import Measurement, Rounds, median, ratio
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
            [f"{operation}, {name}", *_cost(servers[OURS], rounds)]
            for operation, servers in costs.items()
            for name, rounds in servers.items()
        ),
    )


def _cost(ours: Rounds, rounds: Rounds) -> Sequence[str]:
    mid = median(rounds)
    figures = (mid.per_second, mid.p50_ms, mid.p99_ms, mid.failures, mid.load_cpu_us)
    return [_number(mid.cpu_us), f"{ratio(ours, rounds):.2f}", *map(_number, figures)]


def tail_table(database: str, tail: Tail) -> str:
    header = ("p50, ms", "p99, ms", "p99 ÷ p50", "503", "errors", "time-outs", "requests/s")
    return _table(
        [database, *header],
        (
            [f"{load}, {name}", *_tail(median(rounds))]
            for load, servers in tail.servers.items()
            for name, rounds in servers.items()
        ),
    )


def _tail(mid: Measurement) -> Iterable[str]:
    times = (mid.p50_ms, mid.p99_ms, mid.p99_ms / mid.p50_ms)
    return map(_number, (*times, mid.refusals, mid.errors, mid.timeouts, mid.per_second))


def crowd_table(tails: Mapping[str, Tail]) -> str:
    header = ("answers", "2xx", "503 with a problem document", "errors", "time-outs", "slowest, s")
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


def _ratios(one: Rounds, other: Rounds) -> Iterable[str]:
    return [f"{ratio(one, other, figure):.2f}" for figure in ("cpu_us", "p50_ms")]


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---"] * len(header)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rule, *rows))


def _number(value: float) -> str:
    if isnan(value):
        return "–"
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"
