"""Records whose rows are known: points of metrics, and a few that cannot be any."""

import json
from collections.abc import Iterator, Sequence
from itertools import cycle
from uuid import UUID

from sqlalchemy import URL

from src.core.database import Database
from src.schemas.experiment import ExperimentCreate
from src.schemas.project import ProjectCreate
from src.services.developer import DEVELOPER, add_developer
from src.services.experiment import ExperimentService
from src.services.project import ProjectService
from tests.apps import make_settings
from workshop.rigs.clients import run_sql

EXPERIMENTS = 10
EVERY = 1000
"""Each thousandth record is poison."""
POISON = (
    "{",
    "",
    "{},{}",
    '{"experiment_id": "%s", "key": "loss", "step": -9007199254740993, "value": 1}',
    '{"experiment_id": "%s", "key": "loss", "step": 1, "value": NaN}',
    '{"experiment_id": "%s", "key": "a\\u0000", "step": 1, "value": 1}',
    '{"experiment_id": "00000000-0000-7000-8000-000000000000", "key": "a", "step": 1, "value": 1}',
)


async def experiments(url: URL) -> list[UUID]:
    database = Database(make_settings(url))
    try:
        await add_developer(database)
        async with database.writing() as session:
            project = await ProjectService(session, DEVELOPER).create(ProjectCreate(name="p"))
            service = ExperimentService(session, DEVELOPER)
            made = [
                await service.create(ExperimentCreate(project_id=project.id, name=f"e{n}"))
                for n in range(EXPERIMENTS)
            ]
        return [each.id for each in made]
    finally:
        await database.dispose()


def value_of(number: int) -> float:
    return number / 7


def records(owned: Sequence[UUID], begin: int, end: int) -> Iterator[bytes]:
    """Yield the records of these numbers: each has a point of its own."""
    ids, poison = [str(each) for each in owned], cycle(POISON)
    for number in range(begin, end):
        experiment = ids[number % EXPERIMENTS]
        if number % EVERY == 7:
            text = next(poison)
            yield (text % experiment if "%s" in text else text).encode()
        else:
            point = {
                "experiment_id": experiment,
                "key": "train/loss",
                "step": number // EXPERIMENTS,
            }
            yield json.dumps(point | {"value": value_of(number)}).encode()


def is_poison(number: int) -> bool:
    return number % EVERY == 7


def compare(url: URL, owned: Sequence[UUID], count: int, blank: int = 0) -> str:
    """Compare every row with the record that it comes from; ``blank`` records were left out."""
    places = {each.hex: n for n, each in enumerate(owned)}
    rows = run_sql(url, "SELECT experiment_id, step, value FROM ml_metrics")
    found = {
        row.step * EXPERIMENTS + places[str(row.experiment_id).replace("-", "")]: row.value
        for row in rows
    }
    ((dead,),) = run_sql(url, "SELECT count(*) FROM dead_letters")
    ((letters,),) = run_sql(
        url, "SELECT count(*) FROM (SELECT DISTINCT partition, position FROM dead_letters) AS d"
    )
    right = {number for number in range(count) if not is_poison(number)}
    assert len(rows) == len(found) == len(right)
    assert found.keys() == right
    assert [number for number, value in found.items() if value != value_of(number)] == []
    assert dead == letters == count - len(right) - blank
    return f"{len(rows):,} points, all right, and {dead} dead letters"
