import asyncio
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from httpx import AsyncClient, Response
from sqlmodel import func, select

from src.core.database import Database
from src.models.ml_metric import MlMetric
from src.schemas.ml_metric import BATCH
from src.services import ml_metric
from tests.api import UNKNOWN_ID, Json, QueryValue, assert_invalid, assert_problem, assert_unknown
from tests.callers import Sample
from tests.integration.test_experiments import TestExperiments as Experiments

UNKNOWN = "There is no such experiment."
LAST_STEP = 2**53 - 1
METRICS = "/api/v1/experiments/{experiment_id}/metrics"
TIME = "2026-11-21T08:00:00Z"
SAMPLES: dict[str, Sample] = {
    f"POST {METRICS}": Sample(body=lambda _: {"points": [point(1, recorded_at=TIME)]}),
    f"GET {METRICS}/series": Sample(query={"key": "loss"}),
}


@pytest.fixture
async def path(client: AsyncClient) -> str:
    """The metrics of an experiment that has none."""
    return f"{Experiments.path_of(await Experiments.create(client))}/metrics"


def point(step: int, value: float | None = 0.5, key: str = "loss", **fields: object) -> Json:
    return {"key": key, "step": step, "value": value, **fields}


def curve(values: Sequence[float | None], key: str = "loss") -> list[Json]:
    return [point(step, value, key) for step, value in enumerate(values)]


async def post(client: AsyncClient, path: str, points: object, **headers: str) -> Response:
    return await client.post(path, json={"points": points}, headers=headers)


async def record(client: AsyncClient, path: str, points: object) -> Json:
    response = await post(client, path, points)
    assert response.status_code == 200, response.text
    receipt: Json = response.json()
    return receipt


async def read(client: AsyncClient, path: str, **query: QueryValue) -> Json:
    response = await client.get(path, params=query)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


async def history(client: AsyncClient, path: str, **query: QueryValue) -> list[Json]:
    """All pages of it."""
    page = await read(client, path, **{"limit": 2, **query})
    items: list[Json] = page["items"]
    if page["next_cursor"]:
        items += await history(client, path, **query | {"cursor": page["next_cursor"]})
    return items


async def recorded(client: AsyncClient, path: str, **query: QueryValue) -> list[Json]:
    """The same as they were sent."""
    items = await history(client, path, **query)
    return [{name: item[name] for name in ("key", "step", "value")} for item in items]


async def test_points_come_back_in_the_order_of_keys_and_steps(
    client: AsyncClient, path: str
) -> None:
    points = [point(step, step / 3, key) for key in ("a", "b/c d", "漢🚀") for step in (0, 2, 10)]

    receipt = await record(client, path, points[4:] + points[3::-1])

    assert receipt == {"received": 9, "changed": 9}
    assert await recorded(client, path) == points


@pytest.mark.parametrize(
    "value",
    [None, 0.0, -1.5, 0.1 + 0.2, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 2**53],
)
async def test_value_comes_back_as_it_went_in(
    client: AsyncClient, path: str, value: float | None
) -> None:
    await record(client, path, [point(1, value)])

    assert (await history(client, path))[0]["value"] == value


async def test_no_digit_of_a_value_is_lost(client: AsyncClient, path: str) -> None:
    values = [math.sin(n) * 10.0 ** (n % 600 - 300) for n in range(1, 1001)]

    await record(client, path, curve(values))

    assert [each["value"] for each in await history(client, path, limit=1000)] == values


@pytest.mark.parametrize("step", [-LAST_STEP, -1, 0, LAST_STEP])
async def test_extreme_steps_are_stored(client: AsyncClient, path: str, step: int) -> None:
    await record(client, path, [point(step)])

    assert await recorded(client, path) == [point(step)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key", None),
        ("key", 1),
        ("key", ""),
        ("key", "a\x00b"),
        ("key", "x" * 251),
        ("step", None),
        ("step", -(2**53)),
        ("step", 2**53),
        ("step", 2**63),
        ("step", "1"),
        ("step", 1.5),
        ("step", True),
        ("value", "1"),
        ("value", True),
        ("value", []),
        ("value", 10**400),
        ("recorded_at", None),
        ("recorded_at", 1),
        ("recorded_at", "2026-11-21T08:00:00"),
    ],
    ids="{!r:.30}".format,
)
async def test_wrong_value_is_refused_and_named(
    client: AsyncClient, path: str, field: str, value: object
) -> None:
    response = await post(client, path, [point(1), point(2) | {field: value}])

    assert response.status_code == 422
    assert list(response.json()["errors"]) == [f"body.points.1.{field}"]
    assert await history(client, path) == []


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
async def test_number_that_json_does_not_have_is_refused(
    client: AsyncClient, path: str, number: str
) -> None:
    body = f'{{"points": [{{"key": "loss", "step": 1, "value": {number}}}]}}'

    response = await client.post(path, content=body, headers={"Content-Type": "application/json"})

    assert_invalid(response, {"body.points.0.value": ["Input should be a finite number"]})


@pytest.mark.parametrize("field", ["key", "step", "value"])
async def test_missing_field_is_named(client: AsyncClient, path: str, field: str) -> None:
    response = await post(client, path, [{n: v for n, v in point(1).items() if n != field}])

    assert_invalid(response, {f"body.points.0.{field}": ["Field required"]})


async def test_unknown_field_is_refused(client: AsyncClient, path: str) -> None:
    response = await post(client, path, [point(1, unknown=1)])

    assert_unknown(response, "body.points.0", ["key", "step", "value", "recorded_at"])


async def test_of_many_errors_the_first_is_told(client: AsyncClient, path: str) -> None:
    response = await post(client, path, [point(2**53)] * 100)

    assert list(response.json()["errors"]) == ["body.points.0.step"]


async def test_largest_batch_of_the_longest_keys_fits(client: AsyncClient, path: str) -> None:
    time = "2026-11-21T08:00:00.123456+01:00"
    points = [
        {"key": "k" * 250, "step": 2**53 - BATCH + n, "value": -1.2345678901234567e-100}
        | {"recorded_at": time}
        for n in range(BATCH)
    ]

    receipt = await record(client, path, points)

    assert receipt == {"received": BATCH, "changed": BATCH}


@pytest.mark.parametrize("count", [0, BATCH + 1])
async def test_batch_has_bounds(client: AsyncClient, path: str, count: int) -> None:
    response = await post(client, path, curve([1] * count))

    assert response.status_code == 422
    assert list(response.json()["errors"]) == ["body.points"]


async def test_largest_batch_fits_into_a_request(client: AsyncClient, path: str) -> None:
    points = [
        point(10**6 + n, 0.1234567890123456, recorded_at="2026-11-21T08:00:00Z")
        for n in range(BATCH)
    ]

    receipt = await record(client, path, points)

    assert receipt == {"received": BATCH, "changed": BATCH}


async def test_batch_with_a_point_twice_is_refused(client: AsyncClient, path: str) -> None:
    response = await post(client, path, [point(1, 1), point(2), point(1, 2)])

    assert_invalid(response, {"body.points": ["must not have two points of the same key and step"]})
    assert await history(client, path) == []


async def test_same_points_again_change_nothing(client: AsyncClient, path: str) -> None:
    points = curve([1, None, 3])
    await record(client, path, points)
    before = await history(client, path)

    receipt = await record(client, path, points)

    assert receipt == {"received": 3, "changed": 0}
    assert await history(client, path) == before


@pytest.mark.parametrize(("old", "new"), [(1.0, 2.0), (1.0, None), (None, 1.0)])
async def test_last_value_of_a_point_wins(
    client: AsyncClient, path: str, old: float | None, new: float | None
) -> None:
    await record(client, path, [point(1, old), point(2)])

    receipt = await record(client, path, [point(1, new), point(2), point(3)])

    assert receipt == {"received": 3, "changed": 2}
    assert await recorded(client, path) == [point(1, new), point(2), point(3)]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2026-11-21T08:00:00Z", "2026-11-21T08:00:00Z"),
        ("2026-11-21T08:00:00.25+01:00", "2026-11-21T07:00:00.250000Z"),
        ("2026-11-21T08:00:00.123456Z", "2026-11-21T08:00:00.123456Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
async def test_time_comes_back_as_it_went_in(
    client: AsyncClient, path: str, sent: str, shown: str
) -> None:
    await record(client, path, [point(1, recorded_at=sent), point(2)])

    first, second = await history(client, path)

    assert first["recorded_at"] == shown
    age = datetime.now(UTC) - datetime.fromisoformat(second["recorded_at"])
    assert abs(age) < timedelta(seconds=10)


async def test_time_is_stored_as_the_models_would(
    client: AsyncClient, path: str, database: Database
) -> None:
    time = datetime(2026, 11, 21, 8, tzinfo=UTC)
    await record(client, path, [point(1, recorded_at=time.isoformat())])

    async with database.reading() as session:
        same = select(func.count()).select_from(MlMetric).where(MlMetric.recorded_at == time)
        assert (await session.exec(same)).one() == 1


async def test_repeated_request_with_a_key_is_answered_alike_and_done_once(
    client: AsyncClient, path: str
) -> None:
    header = {"Idempotency-Key": "first"}

    first = await post(client, path, [point(1)], **header)
    second = await post(client, path, [point(1)], **header)

    assert first.json() == second.json() == {"received": 1, "changed": 1}
    assert second.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"key": "a"}, [("a", 1), ("a", 2), ("a", 3)]),
        ({"min_step": 2}, [("a", 2), ("a", 3), ("b", 2)]),
        ({"max_step": 1}, [("a", 1), ("b", 1)]),
        ({"key": "a", "min_step": 2, "max_step": 2}, [("a", 2)]),
        ({"key": "none"}, []),
        ({"min_step": 9}, []),
    ],
    ids=str,
)
async def test_history_can_be_filtered(
    client: AsyncClient, path: str, query: Json, expected: list[tuple[str, int]]
) -> None:
    await record(client, path, [point(n, key="a") for n in (1, 2, 3)])
    await record(client, path, [point(n, key="b") for n in (1, 2)])

    items = await history(client, path, **query | {"limit": 1})

    assert [(item["key"], item["step"]) for item in items] == expected


async def test_pages_neither_repeat_nor_skip_while_points_come(
    client: AsyncClient, path: str
) -> None:
    await record(client, path, [point(n) for n in (1, 3, 5)])
    page = await read(client, path, limit=2)

    await record(client, path, [point(n) for n in (2, 4)])

    rest = await history(client, path, cursor=page["next_cursor"])
    assert [each["step"] for each in page["items"]] == [1, 3]
    assert [each["step"] for each in rest] == [4, 5]


@pytest.mark.parametrize(
    "cursor", ["x", "WyJhIl0", "W10", "WzEsMV0", "WyJhIiwtOTAwNzE5OTI1NDc0MDk5Ml0"]
)
async def test_cursor_of_something_else_is_refused(
    client: AsyncClient, path: str, cursor: str
) -> None:
    response = await client.get(path, params={"cursor": cursor})

    assert_problem(
        response, 422, "The cursor is not one of this list in this order: start again without it."
    )


@pytest.mark.parametrize(
    ("suffix", "name", "value"),
    [
        ("", "limit", "0"),
        ("", "limit", "1001"),
        ("", "min_step", "x"),
        ("", "max_step", str(2**63)),
        ("", "key", ""),
        ("", "cursor", "ä"),
        ("", "unknown", "1"),
        ("/series", "points", "3"),
        ("/series", "points", "10001"),
        ("/series", "key", "a\x00b"),
        ("/series", "unknown", "1"),
    ],
)
async def test_wrong_query_is_refused(
    client: AsyncClient, path: str, suffix: str, name: str, value: str
) -> None:
    response = await client.get(path + suffix, params={"key": "loss", name: value})

    assert response.status_code == 422
    assert list(response.json()["errors"]) == ["query" if name == "unknown" else f"query.{name}"]


async def test_short_series_is_shown_whole(client: AsyncClient, path: str) -> None:
    await record(client, path, curve([3, None, 1, 2, 2]))
    await record(client, path, curve([9], key="other"))

    assert await read(client, f"{path}/series", key="loss", points=4) == {
        "steps": [0, 2, 3, 4],
        "values": [3, 1, 2, 2],
        "count": 4,
        "nulls": 1,
    }


@pytest.mark.parametrize("points", [4, 5, 10, 100, 999])
async def test_series_keeps_ends_and_extremes(client: AsyncClient, path: str, points: int) -> None:
    values = [math.sin(n * n) for n in range(1000)]
    values[617], values[618] = 99, -99
    await record(client, path, curve(values))

    series = await read(client, f"{path}/series", key="loss", points=points)

    assert series["count"] == 1000
    assert points // 2 <= len(series["steps"]) <= points
    assert {0, 617, 618, 999} <= {*series["steps"]}
    assert series["steps"] == sorted({*series["steps"]})
    assert series["values"] == [values[step] for step in series["steps"]]


@pytest.mark.parametrize(
    "steps",
    [range(0, 10**15, 10**12), [*range(1000), LAST_STEP], range(LAST_STEP - 999, LAST_STEP)],
)
async def test_series_of_any_steps_is_bounded(
    client: AsyncClient, path: str, steps: Sequence[int]
) -> None:
    await record(client, path, [point(step, math.sin(step)) for step in steps])

    series = await read(client, f"{path}/series", key="loss", points=20)

    assert 4 <= len(series["steps"]) <= 20
    assert (series["steps"][0], series["steps"][-1]) == (steps[0], steps[-1])
    assert {min(map(math.sin, steps)), max(map(math.sin, steps))} <= {*series["values"]}


@pytest.mark.parametrize(("points", "nulls"), [([], 0), ([point(1, None), point(2, None)], 2)])
async def test_series_without_values_is_empty(
    client: AsyncClient, path: str, points: list[Json], nulls: int
) -> None:
    await record(client, path, [point(1, key="other"), *points])

    empty = {"steps": [], "values": [], "count": 0, "nulls": nulls}
    assert await read(client, f"{path}/series", key="loss") == empty


async def test_series_needs_a_key(client: AsyncClient, path: str) -> None:
    assert_invalid(await client.get(f"{path}/series"), {"query.key": ["Field required"]})


async def test_summary_tells_last_and_extremes_of_each_key(client: AsyncClient, path: str) -> None:
    await record(client, path, curve([3, 1, None, 9, 1, 9, None], key="loss"))
    await record(client, path, curve([-2], key="accuracy"))
    await record(client, path, curve([None], key="unknown"))

    only = {"step": 0, "value": -2}
    assert await read(client, f"{path}/summary") == {
        "items": [
            {"key": "accuracy", "count": 1, "last": only, "min": only, "max": only},
            {
                "key": "loss",
                "count": 5,
                "last": {"step": 5, "value": 9},
                "min": {"step": 1, "value": 1},
                "max": {"step": 3, "value": 9},
            },
        ],
        "truncated": False,
    }


@pytest.mark.parametrize(("keys", "truncated"), [(3, True), (4, False)])
async def test_summary_is_bounded_and_says_so(
    client: AsyncClient, path: str, monkeypatch: pytest.MonkeyPatch, keys: int, truncated: bool
) -> None:
    monkeypatch.setattr(ml_metric, "KEYS", keys)
    await record(client, path, [point(1, key=key) for key in "dbca"])

    summary = await read(client, f"{path}/summary")

    assert [each["key"] for each in summary["items"]] == [*"abcd"][:keys]
    assert summary["truncated"] == truncated


@pytest.mark.parametrize("suffix", ["", "/series?key=loss", "/summary"])
async def test_experiment_without_points_has_an_empty_answer(
    client: AsyncClient, path: str, suffix: str
) -> None:
    answer = (await client.get(path + suffix)).json()

    assert answer.get("items", answer.get("steps")) == []


@pytest.mark.parametrize("suffix", ["", "/series?key=loss", "/summary"])
async def test_experiment_of_somebody_else_is_not_there(
    client: AsyncClient, other: AsyncClient, path: str, suffix: str
) -> None:
    await record(client, path, curve(range(9)))

    response = await other.get(path + suffix)

    assert_problem(response, 404, UNKNOWN)


async def test_nothing_is_recorded_for_somebody_else(
    client: AsyncClient, other: AsyncClient, path: str
) -> None:
    await record(client, path, [point(1, 1)])

    response = await post(other, path, [point(1, 2), point(2, 2)])

    assert_problem(response, 404, UNKNOWN)
    assert await recorded(client, path) == [point(1, 1)]


@pytest.mark.parametrize("unknown", [UNKNOWN_ID, "none"])
async def test_unknown_experiment_is_not_found(client: AsyncClient, unknown: str) -> None:
    path = f"/api/v1/experiments/{unknown}/metrics"

    responses = [await client.get(path), await post(client, path, [point(1)])]

    assert [response.status_code for response in responses] == [404, 404]


async def test_curves_of_two_experiments_are_apart(client: AsyncClient, path: str) -> None:
    others = f"{Experiments.path_of(await Experiments.create(client))}/metrics"

    await record(client, path, [point(1, 1)])
    await record(client, others, [point(1, 2)])

    assert await recorded(client, path) == [point(1, 1)]
    assert (await read(client, f"{others}/summary"))["items"][0]["max"]["value"] == 2


async def test_deleted_experiment_takes_its_points_along(
    client: AsyncClient, path: str, database: Database
) -> None:
    await record(client, path, curve([1, 2]))
    kept = f"{Experiments.path_of(await Experiments.create(client))}/metrics"
    await record(client, kept, [point(1)])

    response = await client.delete(path.removesuffix("/metrics"))

    assert response.status_code == 204
    async with database.reading() as session:
        assert (await session.exec(select(func.count()).select_from(MlMetric))).one() == 1


async def test_batches_with_points_in_common_do_not_block_each_other(
    concurrent_client: AsyncClient,
) -> None:
    client = concurrent_client
    path = f"{Experiments.path_of(await Experiments.create(client))}/metrics"
    forth, back = curve([1] * 2000), curve([2] * 2000)[::-1]

    for _ in range(5):
        responses = await asyncio.gather(post(client, path, forth), post(client, path, back))
        assert [response.status_code for response in responses] == [200, 200]

    assert len({each["value"] for each in await history(client, path, limit=1000)}) == 1
