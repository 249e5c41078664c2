"""The findings as a page with its plots."""

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from workshop.benchmarks.costs import CLIENTS, ROWS, Costs
from workshop.benchmarks.growth import Growth
from workshop.benchmarks.load import PATIENCE
from workshop.benchmarks.plots import plot_costs, plot_growth
from workshop.benchmarks.tables import (
    costs_table,
    crowd_table,
    growth_ratios,
    growth_table,
    tail_table,
)
from workshop.benchmarks.tail import Tail

_LIBRARIES = (
    *("fastapi", "starlette", "pydantic", "sqlmodel", "SQLAlchemy", "psycopg", "psycopg-pool"),
    *("aiosqlite", "uvicorn", "uvloop", "httptools"),
)
_COSTS = f"""\
## What a request costs

{CLIENTS} clients, each with one request at a time, on one worker and a table of {ROWS} rows and more.
CPU is that of the server's process for each request, without the database's; "ours ÷ it" is this
service's CPU divided by it; "load" is the CPU of the clients for each request. Figures are medians
over rounds in which the servers take turns. Ratios are taken within a round, because a machine that
others share is fast at one time and slow at another.

What is measured is `things`, a feature of the tests' own, on each server with the same columns.
The references, in `workshop/benchmarks/references`, do what is asked and no more: no log, no
metrics, no limits, no ETag, no idempotency. Those on a driver are written by hand, with statements in SQL;
"sync SQLModel" is what most templates do.

![CPU per request](requests.png)
"""
_TAIL = f"""\
## How long the slowest wait

One worker; "mixed" is a get, a list, a create and a patch in turn. An answer that is missing
{PATIENCE} seconds after the end is a time-out. Where the synchronous template stands still, its 40 threads
wait for its 15 connections, and the requests that hold those wait for a thread.
"""
_GROWTH = """\
## What a page costs as its table grows

One client: CPU of the server's process, and p50 of the answer, which has the database's time in it,
both in µs. A deep page ends one row before its list does. Names are in no order on disk.

![A page as its table grows](growth.png)
"""


@dataclass(frozen=True)
class Findings:
    """Each by the name of its database."""

    versions: dict[str, str] = field(default_factory=dict)
    costs: dict[str, Costs] = field(default_factory=dict)
    tails: dict[str, Tail] = field(default_factory=dict)
    growths: dict[str, Growth] = field(default_factory=dict)


def write(findings: Findings, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(page(findings), encoding="utf-8")
    if findings.costs:
        plot_costs(findings.costs, folder / "requests.png")
    if findings.growths:
        plot_growth(findings.growths, folder / "growth.png")


def page(findings: Findings) -> str:
    return "\n\n".join(part.strip() for part in _parts(findings)) + "\n"


def _parts(findings: Findings) -> Iterator[str]:
    yield "# What it costs: written by `make -C workshop bench`"
    yield _facts(findings)
    if findings.costs:
        yield _COSTS
        yield from (costs_table(*each) for each in findings.costs.items())
    if findings.tails:
        yield _TAIL
        yield from (tail_table(*each) for each in findings.tails.items())
        yield crowd_table(findings.tails)
    if findings.growths:
        yield _GROWTH
        yield from (growth_table(*each) for each in findings.growths.items())
        yield growth_ratios(findings.growths)


def _facts(findings: Findings) -> str:
    versions = findings.versions | {name: version(name) for name in _LIBRARIES}
    return (
        f"{datetime.now(UTC):%d %B %Y}, {os.cpu_count()} cores that server, database and clients "
        f"share, {platform.system()}, {platform.python_implementation()} "
        f"{platform.python_version()}, {', '.join(map(' '.join, versions.items()))}."
    )
