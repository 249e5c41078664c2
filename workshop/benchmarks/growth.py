"""What a page costs as its table grows, at the start of the list and near its end."""

from collections.abc import Mapping
from contextlib import ExitStack
from itertools import repeat
from typing import NamedTuple

from sqlalchemy import URL, create_engine
from sqlmodel import Session, select

from src.services.keyset import keyset
from tests.things import Thing
from workshop.benchmarks.databases import NewDatabase, fill
from workshop.benchmarks.measuring import Load, Rounds, in_turns
from workshop.benchmarks.operations import THINGS, render
from workshop.benchmarks.servers import OURS, serving

SIZES = (10, 1_000, 100_000, 1_000_000)


class Page(NamedTuple):
    place: str
    limit: int
    sort: str

    def __str__(self) -> str:
        return f"{self.place} {self.limit}, sort={self.sort}"


class Case(NamedTuple):
    page: Page
    rows: int

    def __str__(self) -> str:
        return f"{self.page} of {self.rows:,}"


FIRST_10 = Page("first", 10, "-id")
"""As full in the smallest table as in the largest."""
NEWEST, NEWEST_DEEP = Page("first", 20, "-id"), Page("deep", 20, "-id")
BY_NAME, BY_NAME_DEEP = Page("first", 20, "name"), Page("deep", 20, "name")
PAGES = (FIRST_10, NEWEST, NEWEST_DEEP, BY_NAME, BY_NAME_DEEP)
CASES = [Case(page, rows) for page in PAGES for rows in SIZES if page.limit <= rows]

type Growth = Mapping[Case, Rounds]


async def grow(database: str, new_database: NewDatabase, rounds: int, seconds: float) -> Growth:
    """The cost of each case. It is that of one client, whose time has the database's in it."""
    with ExitStack() as stack:
        urls = {size: stack.enter_context(new_database()) for size in SIZES}
        for size, url in urls.items():
            print(f"{database}, filling a table with {size:,} rows", flush=True)
            fill(url, size)
        servers = {
            size: stack.enter_context(serving(database, OURS, url)) for size, url in urls.items()
        }
        loads: dict[Case, Load] = {
            case: (servers[case.rows], repeat(_request(urls[case.rows], case))) for case in CASES
        }
        return await in_turns(
            f"{database}, growth", loads, clients=1, rounds=rounds, seconds=seconds
        )


def _request(url: URL, case: Case) -> bytes:
    page = case.page
    cursor = f"&cursor={_deep_cursor(url, case)}" if page.place == "deep" else ""
    return render("GET", f"{THINGS.path}?limit={page.limit}&sort={page.sort}{cursor}")


def _deep_cursor(url: URL, case: Case) -> str:
    """Of the last row that has a full page and one row more behind it."""
    order = keyset(Thing, case.page.sort)
    last = {"_limit": 1, "_skip": case.rows - case.page.limit - 2}
    with Session(create_engine(url)) as session:
        return order.cursor(session.scalars(order.page(select(Thing), ()), last).one())
