"""What requests cost here and in services written by hand, under many clients, on large tables."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import uvloop

from workshop.benchmarks.costs import compare
from workshop.benchmarks.databases import DATABASES, version_of
from workshop.benchmarks.growth import grow
from workshop.benchmarks.report import Findings, page, write
from workshop.benchmarks.tail import stretch

PARTS = ("costs", "tail", "growth")


def arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m workshop.benchmarks", description=__doc__)
    names = [name.lower() for name in DATABASES]
    parser.add_argument("--parts", choices=PARTS, nargs="+", default=PARTS)
    parser.add_argument("--only", choices=names, help="measure on this database alone")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each measurement")
    parser.add_argument("--results", type=Path, help="a folder to write them to")
    return parser.parse_args()


async def main(chosen: Namespace) -> None:
    rounds, seconds = chosen.rounds, chosen.seconds
    findings = Findings()
    for database, start in DATABASES.items():
        if chosen.only not in {None, database.lower()}:
            continue
        with start() as new_database:
            findings.versions[database] = version_of(new_database)
            if "costs" in chosen.parts:
                findings.costs[database] = await compare(database, new_database, rounds, seconds)
            if "tail" in chosen.parts:
                findings.tails[database] = await stretch(database, new_database, 1.5 * seconds)
            if "growth" in chosen.parts:
                findings.growths[database] = await grow(database, new_database, rounds, seconds / 2)
    print(f"\n{page(findings)}")
    if chosen.results:
        write(findings, chosen.results)


uvloop.run(main(arguments()))
