from collections.abc import Callable, Mapping
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from workshop.benchmarks.costs import CLIENTS, Costs
from workshop.benchmarks.growth import PAGES, SIZES, Case, Growth
from workshop.benchmarks.measuring import median
from workshop.benchmarks.servers import AIOSQLITE, FASTAPI, OURS, SQLMODEL, STARLETTE

_BAR = 0.2
_COLORS = {
    OURS: "tab:blue",
    STARLETTE: "tab:gray",
    FASTAPI: "tab:green",
    AIOSQLITE: "tab:green",
    SQLMODEL: "tab:orange",
}


def plot_costs(costs: Mapping[str, Costs], file: Path) -> None:
    _plot(costs, _bars, f"{CLIENTS} clients, one worker", file)


def plot_growth(growths: Mapping[str, Growth], file: Path) -> None:
    _plot(growths, _lines, "one client", file)


def _plot[Found](
    found: Mapping[str, Found], draw: Callable[[Axes, Found], None], condition: str, file: Path
) -> None:
    """One panel for each database."""
    figure = Figure(figsize=(7 * len(found), 4.5), layout="constrained")
    panels = figure.subplots(1, len(found), squeeze=False)[0]
    for panel, (database, one) in zip(panels, found.items(), strict=True):
        draw(panel, one)
        panel.set_title(f"{database}, {condition}")
    figure.savefig(file, dpi=100)


def _bars(panel: Axes, costs: Costs) -> None:
    names = list(next(iter(costs.values())))
    for position, name in enumerate(names):
        places = [index + _BAR * position for index in range(len(costs))]
        heights = [median(servers[name]).cpu_us for servers in costs.values()]
        bars = panel.bar(places, heights, _BAR, label=name, color=_COLORS[name])
        panel.bar_label(bars, fmt="%.0f", fontsize=7)
    middle = _BAR * (len(names) - 1) / 2
    panel.set_xticks([index + middle for index in range(len(costs))], list(costs))
    panel.set_ylabel("CPU of the server per request, µs")
    panel.legend()


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
