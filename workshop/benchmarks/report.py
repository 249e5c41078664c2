"""The findings as a page with its plots."""

import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from workshop.benchmarks.costs import CLIENTS
from workshop.benchmarks.goals import Findings, goals
from workshop.benchmarks.lasting import CLIENTS as LASTING_CLIENTS
from workshop.benchmarks.lasting import FEATURES
from workshop.benchmarks.load import PATIENCE
from workshop.benchmarks.operations import ROWS
from workshop.benchmarks.plots import plot_costs, plot_growth, plot_tails
from workshop.benchmarks.tables import (
    costs_table,
    crowd_table,
    goals_table,
    growth_ratios,
    growth_table,
    lasting_table,
    tail_table,
)

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

This service runs as in production: `METRICS=true`, `LOG_LEVEL=INFO` to a file, `ALLOWED_HOSTS`.
"With token" are `owned-things`, which belong to a user, whose token the database knows; references look
it up by hand in one statement. All else are `things`, a feature of the tests' own with the same columns
but without an owner, and idle is `/health`. The references, in `workshop/benchmarks/references`, do what is
asked and no more: no log, no metrics, no limits, no ETag, no idempotency. Those on a driver are
written by hand, with statements in SQL; "sync SQLModel" is what most templates do.

![CPU per request](requests.png)
"""
_TAIL = f"""\
## How long the slowest wait

One worker; "mixed" is a get, a list, a create and a patch in turn. An answer that is missing
{PATIENCE} seconds after the end is a time-out. Where the synchronous template stands still, its 40 threads
wait for its 15 connections, and the requests that hold those wait for a thread.

"Reads" and "writes" are p50 and p99 of each kind. The references have one pool, whose queue makes reads
as slow as the writes before them. This service has two, so that reads do not wait for the disk: in a mix
p50 is nearer to the reads', and p99 is the writes'. Clients connect and warm up before they are
measured: uvloop accepts one connection in each turn of its loop, so the last of 32 that come at once waits for
about 500 answers.

![The slowest answers](tails.png)
"""
_GROWTH = """\
## What a page costs as its table grows

One client: CPU of the server's process, and p50 of the answer, which has the database's time in it,
both in µs. A deep page ends one row before its list does. Names are in no order on disk.

![A page as its table grows](growth.png)
"""
_LASTING = f"""\
## What lasts

The start is that of production, until `/health/ready` answers 200. The requests are mixed, from
{LASTING_CLIENTS} clients. Further features are copies of `projects`, {FEATURES} of them, registered before it.
"""


def write(findings: Findings, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(page(findings), encoding="utf-8")
    if findings.costs:
        plot_costs(findings.costs, folder / "requests.png")
    if findings.tails:
        plot_tails(findings.tails, folder / "tails.png")
    if findings.growths:
        plot_growth(findings.growths, folder / "growth.png")


def page(findings: Findings) -> str:
    return "\n\n".join(part.strip() for part in _parts(findings)) + "\n"


def _parts(findings: Findings) -> Iterator[str]:
    yield "# What it costs: written by `make -C workshop bench`"
    yield _facts(findings)
    yield "## What it has to reach"
    yield goals_table(goals(findings))
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
    if findings.lastings:
        yield _LASTING
        yield lasting_table(findings.lastings)


def _facts(findings: Findings) -> str:
    versions = findings.versions | {name: version(name) for name in _LIBRARIES}
    return (
        f"{datetime.now(UTC):%d %B %Y}, {os.cpu_count()} cores that server, database and clients "
        f"share, {platform.system()}, {platform.python_implementation()} "
        f"{platform.python_version()}, {', '.join(map(' '.join, versions.items()))}."
    )
