from collections.abc import Callable, Mapping
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from workshop.benchmarks.costs import CLIENTS, Costs
from workshop.benchmarks.growth import PAGES, SIZES, Case, Growth
from workshop.benchmarks.measuring import median
from workshop.benchmarks.rows import BESIDE
from workshop.benchmarks.servers import AIOSQLITE, FASTAPI, OURS, SQLMODEL, STARLETTE
from workshop.benchmarks.tail import Tail

_WIDTH = 0.88
"""Of the bars of an operation together."""
_COLORS = {
    OURS: "tab:blue",
    STARLETTE: "tab:gray",
    FASTAPI: "tab:green",
    AIOSQLITE: "tab:green",
    SQLMODEL: "tab:orange",
    BESIDE: "tab:cyan",
}


def plot_costs(costs: Mapping[str, Costs], file: Path) -> None:
    _plot(costs, _bars, f"{CLIENTS} clients, one worker", file)


def plot_tails(tails: Mapping[str, Tail], file: Path) -> None:
    _plot(tails, _spans, "from p50 to p99", file)


def plot_growth(growths: Mapping[str, Growth], file: Path) -> None:
    _plot(growths, _lines, "one client", file)


def _plot[Found](
    found: Mapping[str, Found], draw: Callable[[Axes, Found], None], condition: str, file: Path
) -> None:
    """One panel for each database."""
    figure = Figure(figsize=(8 * len(found), 5.5), layout="constrained")
    panels = figure.subplots(1, len(found), squeeze=False)[0]
    for panel, (database, one) in zip(panels, found.items(), strict=True):
        draw(panel, one)
        panel.set_title(f"{database}, {condition}")
    figure.savefig(file, dpi=100)


def _bars(panel: Axes, costs: Costs) -> None:
    rows = list(next(iter(costs.values())))
    bar = _WIDTH / len(rows)
    for position, row in enumerate(rows):
        found = {
            index: servers[row] for index, servers in enumerate(costs.values()) if row in servers
        }
        bars = panel.bar(
            [index + bar * position for index in found],
            [median(rounds).cpu_us for rounds in found.values()],
            bar,
            label=str(row),
            color=_COLORS[row.server],
            hatch="///" if row.has_token else None,
            edgecolor="white",
        )
        panel.bar_label(bars, fmt="%.0f", fontsize=6, rotation=90, padding=2)
    middle = bar * (len(rows) - 1) / 2
    panel.set_xticks([index + middle for index in range(len(costs))], list(costs))
    panel.set_ylabel("CPU of the server per request, µs")
    panel.margins(y=0.1)
    panel.legend(loc="upper center", bbox_to_anchor=(0.5, -0.06), ncols=3)


def _spans(panel: Axes, tail: Tail) -> None:
    lines = [
        (f"{load}, {row}", row, median(rounds))
        for load, servers in tail.servers.items()
        for row, rounds in servers.items()
    ]
    for place, (_, row, mid) in enumerate(lines):
        times = [mid.p50_ms, mid.p99_ms]
        panel.plot(times, [place, place], marker="|", linewidth=4, color=_COLORS[row.server])
    panel.set_yticks(range(len(lines)), [label for label, *_ in lines], fontsize=7)
    panel.invert_yaxis()
    panel.set_xscale("log")
    panel.set_xlabel("time of an answer, ms")
    panel.grid(axis="x", which="both", alpha=0.3)


def _lines(panel: Axes, growth: Growth) -> None:
    for page in PAGES:
        sizes = [size for size in SIZES if Case(page, size) in growth]
        costs = [median(growth[Case(page, size)]).p50_ms * 1000 for size in sizes]
        panel.plot(sizes, costs, marker="o", label=str(page))
    panel.set_xscale("log")
    panel.set_ylim(bottom=0)
    panel.set_xlabel("rows in the table")
    panel.set_ylabel("median time of an answer, µs")
    panel.grid(alpha=0.3)
    panel.legend(title="page", loc="lower left")
