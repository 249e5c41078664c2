"""What one period of load costs a server, and several servers in turns."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from math import nan

from workshop.benchmarks.load import Run, connected, drive
from workshop.benchmarks.servers import Server

WARM_UP_SECONDS = 0.2


@dataclass(frozen=True)
class Measurement:
    cpu_us: float
    """Of the server's process for each request, the database's own not counted."""
    per_second: float
    p50_ms: float
    p99_ms: float
    reads_p50_ms: float
    reads_p99_ms: float
    writes_p50_ms: float
    writes_p99_ms: float
    refusals: int
    errors: int
    timeouts: int
    load_cpu_us: float

    @classmethod
    def of(cls, run: Run, cpu_seconds: float) -> "Measurement":
        answers = run.answers or nan
        return cls(
            cpu_us=cpu_seconds / answers * 1e6,
            per_second=len(run.successes) / run.seconds,
            p50_ms=_quantile_ms(run.successes, 0.5),
            p99_ms=_quantile_ms(run.successes, 0.99),
            reads_p50_ms=_quantile_ms(run.reads, 0.5),
            reads_p99_ms=_quantile_ms(run.reads, 0.99),
            writes_p50_ms=_quantile_ms(run.writes, 0.5),
            writes_p99_ms=_quantile_ms(run.writes, 0.99),
            refusals=len(run.refusals),
            errors=run.errors,
            timeouts=run.timeouts,
            load_cpu_us=run.cpu_seconds / answers * 1e6,
        )

    @property
    def failures(self) -> int:
        return self.refusals + self.errors + self.timeouts

    @property
    def stretch(self) -> float:
        return self.p99_ms / self.p50_ms

    @property
    def reads_stretch(self) -> float:
        return self.reads_p99_ms / self.reads_p50_ms

    @property
    def writes_stretch(self) -> float:
        return self.writes_p99_ms / self.writes_p50_ms


def _quantile_ms(values: Sequence[float], share: float) -> float:
    return sorted(values)[int(share * len(values))] * 1e3 if values else nan


type Rounds = Sequence[Measurement]
type Load = tuple[Server, Iterator[bytes]]


def median(rounds: Rounds) -> Measurement:
    """Of each figure. What must not happen is summed up instead."""
    figures = {
        each.name: [getattr(one, each.name) for one in rounds] for each in fields(Measurement)
    }
    sums = {name: sum(figures.pop(name)) for name in ("refusals", "errors", "timeouts")}
    return Measurement(**sums, **{name: statistics.median(all_) for name, all_ in figures.items()})


def ratio(rounds: Rounds, others: Rounds, figure: str = "cpu_us") -> float:
    """Taken within each round, where both met the same machine."""
    pairs = zip(rounds, others, strict=True)
    ratios: list[float] = [getattr(a, figure) / getattr(b, figure) for a, b in pairs]
    return statistics.median(ratios)


async def in_turns[Name](
    title: str, loads: Mapping[Name, Load], *, clients: int, rounds: int, seconds: float
) -> dict[Name, Rounds]:
    """Measure each load once in each round, so that a slow moment of the machine hits all."""
    found: dict[Name, list[Measurement]] = {name: [] for name in loads}
    for number in range(1, rounds + 1):
        print(f"{title}: round {number} of {rounds}", flush=True)
        for name, (server, requests) in loads.items():
            if any(each.timeouts for each in found[name]):  # it stands still
                continue
            found[name].append(await _measure(server, requests, clients, seconds))
    for name, measurements in found.items():
        middle = median(measurements)
        print(
            f"  {name!s:40} {middle.cpu_us:5.0f} us CPU {middle.per_second:6.0f}/s"
            f"   p50 {middle.p50_ms:6.1f} ms   p99 {middle.p99_ms:6.1f} ms"
            f"   {middle.failures} failed",
            flush=True,
        )
    return dict(found)


async def _measure(
    server: Server, requests: Iterator[bytes], clients: int, seconds: float
) -> Measurement:
    async with connected(server.port, clients) as opened:
        await drive(opened, requests, WARM_UP_SECONDS)
        before = server.cpu_seconds()
        run = await drive(opened, requests, seconds)
        return Measurement.of(run, server.cpu_seconds() - before)
