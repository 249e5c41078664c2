"""What requests cost here and in services written by hand, under many clients, on large tables."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

import uvloop

from workshop.benchmarks.costs import compare
from workshop.benchmarks.databases import DATABASES, version_of
from workshop.benchmarks.goals import Findings, wrong_answers
from workshop.benchmarks.growth import grow
from workshop.benchmarks.lasting import PRODUCTION, last
from workshop.benchmarks.report import page, write
from workshop.benchmarks.tail import stretch

PARTS = ("costs", "tail", "growth", "lasting")


def arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m workshop.benchmarks", description=__doc__)
    names = [name.lower() for name in DATABASES]
    parser.add_argument("--parts", choices=PARTS, nargs="+", default=PARTS)
    parser.add_argument("--only", choices=names, help="measure on this database alone")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.8, help="of each measurement")
    parser.add_argument("--beside", type=Path, help="another tree of the service, to compare")
    parser.add_argument("--results", type=Path, help="a folder to write them to")
    return parser.parse_args()


async def main(chosen: Namespace) -> None:
    rounds, seconds, beside = chosen.rounds, chosen.seconds, chosen.beside
    found = Findings()
    for database, start in DATABASES.items():
        if chosen.only not in {None, database.lower()}:
            continue
        with start() as new:
            found.versions[database] = version_of(new)
            if "costs" in chosen.parts:
                found.costs[database] = await compare(database, new, rounds, seconds, beside)
            if "tail" in chosen.parts:
                found.tails[database] = await stretch(database, new, rounds, seconds, beside)
            if "growth" in chosen.parts:
                found.growths[database] = await grow(database, new, rounds, seconds / 2)
            if "lasting" in chosen.parts and database == PRODUCTION:
                found.lastings[database] = await last(database, new, rounds, seconds)
    print(f"\n{page(found)}")
    if chosen.results:
        write(found, chosen.results)
    if wrong := wrong_answers(found):
        sys.exit(f"{wrong} answers of this service are neither 2xx nor 503 with Retry-After.")


uvloop.run(main(arguments()))
