"""Points of metrics from a stream."""

import json
from typing import Any

import pytest
from httpx import AsyncClient
from sqlmodel import col, func, select

from src.core.database import Database
from src.ingestion.sink import found
from src.ingestion.sinks.ml_metrics import sink
from src.models.ml_metric import MlMetric
from tests.api import UNKNOWN_ID, Json
from tests.ingestion import Reader, dead_letters
from tests.integration.test_experiments import TestExperiments as Experiments
from tests.integration.test_ml_metrics import recorded


@pytest.fixture
def reader(database: Database) -> Reader:
    return Reader(database, sink)


@pytest.fixture
async def experiments(client: AsyncClient) -> list[Json]:
    return [await Experiments.create(client) for _ in range(2)]


def point(experiment: Json, step: int, value: float | None = 0.5, **fields: object) -> bytes:
    point = {"experiment_id": experiment["id"], "key": "loss", "step": step, "value": value}
    return json.dumps(point | fields).encode()


async def curve(client: AsyncClient, experiment: Json) -> list[tuple[int, Any]]:
    points = await recorded(client, f"{Experiments.path_of(experiment)}/metrics")
    return [(each["step"], each["value"]) for each in points]


def test_sink_is_found() -> None:
    assert found()["ml_metrics"] is sink


async def test_points_of_several_experiments_are_written(
    client: AsyncClient, reader: Reader, experiments: list[Json]
) -> None:
    first, second = experiments

    await reader.take(point(first, 2), point(second, 1, 7), point(first, 1, None))

    assert await curve(client, first) == [(1, None), (2, 0.5)]
    assert await curve(client, second) == [(1, 7)]


async def test_last_value_of_a_point_counts(
    client: AsyncClient, reader: Reader, experiments: list[Json]
) -> None:
    first, second = experiments
    await reader.take(point(first, 1, 1), point(second, 1, 2), point(first, 1, 3))
    await reader.take(point(first, 1, 4), begin=3)

    assert await curve(client, first) == [(1, 4)]
    assert await curve(client, second) == [(1, 2)]


async def test_time_is_stored_as_the_models_would(
    reader: Reader, experiments: list[Json], database: Database
) -> None:
    time = "2026-11-21T08:00:00.25+01:00"
    await reader.take(point(experiments[0], 1, recorded_at=time), point(experiments[0], 2))

    async with database.reading() as session:
        times = (
            await session.exec(select(MlMetric.recorded_at).order_by(col(MlMetric.step)))
        ).all()
        same = select(func.count()).select_from(MlMetric).where(MlMetric.recorded_at == times[0])
        assert (await session.exec(same)).one() == 1
    assert times[0].isoformat() == "2026-11-21T07:00:00.250000+00:00"


async def test_experiment_of_another_user_does_not_exist(
    client: AsyncClient, other: AsyncClient, reader: Reader, experiments: list[Json]
) -> None:
    theirs = await Experiments.create(other)
    wrong = [theirs, {"id": UNKNOWN_ID}]

    await reader.take(*(point(each, 1) for each in [experiments[0], *wrong, experiments[1]]))

    found = await dead_letters(client)
    assert [each["position"] for each in found] == ["2", "3"]
    assert {each["reason"] for each in found} == {"experiment_id: There is no such experiment."}
    assert [await curve(client, each) for each in experiments] == [[(1, 0.5)]] * 2
    assert await curve(other, theirs) == []


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (b'{"step": -9007199254740992}', "step: "),
        (b'{"step": "1"}', "step: "),
        (b'{"value": NaN}', "value: Input should be a finite number"),
        (b'{"value": 1e999}', "value: Input should be a finite number"),
        (b'{"key": ""}', "key: "),
        (b'{"key": "a\\u0000"}', "key: "),
        (b'{"experiment_id": "loss"}', "experiment_id: "),
        (b'{"recorded_at": 1}', "recorded_at: must be a time"),
    ],
)
async def test_wrong_point_is_refused_and_named(
    client: AsyncClient, reader: Reader, experiments: list[Json], wrong: bytes, reason: str
) -> None:
    right = point(experiments[0], 1)
    body = right.rstrip(b"}") + b", " + wrong[1:]  # of two members with a name the last one counts

    await reader.take(body, right)

    (letter,) = await dead_letters(client)
    assert letter["reason"].startswith(reason)
    assert await curve(client, experiments[0]) == [(1, 0.5)]
