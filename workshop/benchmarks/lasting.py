"""What a worker takes to start and to keep, and what one more feature costs the others."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from workshop.benchmarks.databases import NewDatabase, fill, fill_owned
from workshop.benchmarks.load import connected, drive
from workshop.benchmarks.measuring import Rounds, in_turns
from workshop.benchmarks.operations import OWNED_THINGS, ROWS, gets, mixed
from workshop.benchmarks.servers import ALONE, HERE, OURS, Server, serving

PRODUCTION = "PostgreSQL"
CLIENTS = 32
REQUESTS = 100_000
STEP = 10_000
FEATURES = 100
_ENOUGH = 3600

type Serve = Callable[..., AbstractContextManager[Server]]


@dataclass(frozen=True)
class Lasting:
    starts: Sequence[float]
    """Seconds until the first 200 of ``/health/ready``, in production."""
    megabytes: Mapping[int, float]
    """Of the process, by the number of requests that it has answered."""
    features: Mapping[int, Rounds]
    """Of a get with a token, by the number of features that are registered before its own."""

    @property
    def of_a_feature(self) -> float:
        """Microseconds of CPU that each adds to a request."""
        few, many = self.features.values()
        return median(b.cpu_us - a.cpu_us for a, b in zip(few, many, strict=True)) / FEATURES


async def last(database: str, new_database: NewDatabase, rounds: int, seconds: float) -> Lasting:
    with new_database() as url:
        fill(url, ROWS)
        fill_owned(url)
        serve = partial(serving, database, OURS, url)
        return Lasting(
            starts=_starts(partial(serve, app=ALONE), rounds),
            features=await _features(database, serve, rounds, seconds),
            megabytes=await _megabytes(database, serve),
        )


def _starts(serve: Serve, rounds: int) -> Sequence[float]:
    seconds = []
    for _ in range(1 + rounds):
        with serve(ready="/health/ready") as server:
            seconds.append(server.start_seconds)
    return seconds[1:]  # the first one compiles


async def _features(
    database: str, serve: Serve, rounds: int, seconds: float
) -> Mapping[int, Rounds]:
    with _tree_with_features() as tree, serve() as few, serve(tree=tree) as many:
        return await in_turns(
            f"{database}, further features",
            {0: (few, gets(OWNED_THINGS)), FEATURES: (many, gets(OWNED_THINGS))},
            clients=CLIENTS,
            rounds=rounds,
            seconds=seconds,
        )


async def _megabytes(database: str, serve: Serve) -> Mapping[int, float]:
    with serve() as server:
        found, requests = {0: server.megabytes()}, mixed(OWNED_THINGS)
        async with connected(server.port, CLIENTS) as clients:
            for sent in range(STEP, REQUESTS + 1, STEP):
                await drive(clients, islice(requests, STEP), _ENOUGH)
                found[sent] = server.megabytes()
                print(f"{database}, {found[sent]:.1f} MB after {sent:,} requests", flush=True)
        return found


@contextmanager
def _tree_with_features() -> Iterator[Path]:
    """Copy the service, and register copies of projects before it, as the generator would."""
    with TemporaryDirectory(prefix="features-") as folder:
        tree = Path(folder)
        for each in ("src", "tests", "workshop"):
            shutil.copytree(HERE / each, tree / each)
        projects = (tree / "src/api/routes/projects.py").read_text(encoding="utf-8")
        names = [f"further_{number}" for number in range(FEATURES)]
        for name in names:
            (tree / f"src/api/routes/{name}.py").write_text(
                projects.replace('"/projects"', f'"/{name}"'), encoding="utf-8"
            )
        main = tree / "src/main.py"
        line = "    api.include_router({}.router)\n"
        lines = "".join(map(line.format, [*names, "projects"]))
        text = main.read_text(encoding="utf-8").replace(line.format("projects"), lines)
        imports = f"from src.api.routes import {', '.join(names)}\n"
        text = text.replace("from src.api.service", f"{imports}from src.api.service")
        main.write_text(text, encoding="utf-8")
        yield tree
