"""The language of MLflow's searches, on both databases."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from httpx import AsyncClient
from sqlmodel import update

from src.core.database import Database
from src.models.project import Project
from src.services.mlflow_filter import CONDITIONS, VALUES, parse_filter
from src.services.mlflow_tokens import FilterError
from tests.integration.test_mlflow import INVALID
from tests.mlflow import (
    START,
    both,
    call,
    data_of,
    experiment,
    failure,
    registered,
    run,
    search,
    send,
)


@pytest.fixture
async def project(client: AsyncClient) -> str:
    """Return an experiment with three runs: Anna, Bert and Carl."""
    project = await experiment(client)
    runs: Sequence[tuple[str, Any]] = [
        ("Anna", {"acc": 0.9, "loss": "NaN"}),
        ("Bert", {"acc": 0.5, "inf": "Infinity"}),
        ("Carl", {}),
    ]
    for number, (name, metrics) in enumerate(runs):
        created = await run(client, project, run_name=name, start_time=START + number)
        points = [
            {"key": key, "value": value, "timestamp": START, "step": 0}
            for key, value in metrics.items()
        ]
        tags = [{"key": "team", "value": f"{name[0]}_x%"}, {"key": "mlflow.user", "value": name}]
        params = [{"key": "a b", "value": str(number)}] if number else []
        message = {"metrics": points, "params": params, "tags": tags}
        await call(client, "POST runs/log-batch", run_id=created, **message)
        if number == 0:
            dataset = {"dataset": {"name": "iris", "digest": "1"}}
            await call(client, "POST runs/log-inputs", run_id=created, datasets=[dataset])
            await call(client, "POST runs/update", **both(created), status="FAILED", end_time=START)
    return project


@pytest.mark.parametrize(
    ("filter_", "found"),
    [
        ("", "Carl Bert Anna"),
        ("metrics.acc > 0.5", "Anna"),
        ("metrics.acc >= 0.5 and metrics.acc < 0.9", "Bert"),
        ("metric.acc != 0.5", "Anna"),
        ("metrics.`acc` = 0.9", "Anna"),
        ("metrics.'acc' = 0.9", "Anna"),
        ("metrics.größe > 0", ""),
        ("metrics.loss > -1e9", ""),
        ("metrics.loss != 0", "Anna"),
        ("metrics.inf > 1e300", "Bert"),
        ("params.`a b` = '1'", "Bert"),
        ('params."a b" != "1"', "Carl"),
        ("params.`a b` IS NULL", "Anna"),
        ("params.`a b` IS NOT NULL", "Carl Bert"),
        ("tags.team LIKE 'A%'", "Anna"),
        ("tags.team LIKE 'a%'", ""),
        ("tags.team ILIKE 'a%'", "Anna"),
        ("tags.team LIKE '__x_'", "Carl Bert Anna"),
        ("tags.team = 'B_x%'", "Bert"),
        ("tags.mlflow.user = 'Carl'", "Carl"),
        ("tags.mlflow.runName = 'Anna'", "Anna"),
        ("run_name LIKE '%r%'", "Carl Bert"),
        ("attributes.`Run Name` = 'Carl'", "Carl"),
        ("attributes.status = 'FAILED'", "Anna"),
        ("attributes.status != 'FAILED'", "Carl Bert"),
        (f"start_time > {START}", "Carl Bert"),
        (f"attributes.created <= {START}", "Anna"),
        (f"end_time = {START}", "Anna"),
        ("attributes.user_id = 'ada'", "Carl Bert Anna"),
        ("attributes.artifact_uri LIKE 'mlflow-artifacts:/%/artifacts'", "Carl Bert Anna"),
        ("dataset.name = 'iris' AND dataset.digest IN ('1', '2')", "Anna"),
        ("dataset.context = 'training'", ""),
        ("run_id NOT IN ('x')", "Carl Bert Anna"),
        ("tags.team LIKE '*'", ""),
        ("tags.team LIKE '\\\\'", ""),
        ("tags.team != 'it''s'", "Carl Bert Anna"),
        (r"tags.team != 'it\\'s'", "Carl Bert Anna"),
    ],
)
async def test_filter_finds_runs(
    client: AsyncClient, project: str, filter_: str, found: str
) -> None:
    assert await search(client, project, filter_) == found.split()


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("metrics.acc", "Bert Anna Carl"),
        ("metrics.acc DESC", "Anna Bert Carl"),
        ("metrics.loss", "Anna Carl Bert"),
        ("metrics.loss DESC", "Anna Carl Bert"),
        ("params.`a b` ASC", "Bert Carl Anna"),
        ("attributes.start_time", "Anna Bert Carl"),
        ("tags.mlflow.runName desc", "Carl Bert Anna"),
        ("end_time DESC", "Anna Carl Bert"),
    ],
)
async def test_order_puts_missing_values_last(
    client: AsyncClient, project: str, order: str, found: str
) -> None:
    assert await search(client, project, "", order_by=[order]) == found.split()


async def test_metric_counts_with_the_last_step_of_its_own_run(client: AsyncClient) -> None:
    project = await experiment(client)
    for steps in ((0,), (0, 5), (-3,), (0, 0), (7, 7, 2)):
        created = await run(client, project, run_name=f"{steps}")
        for number, step in enumerate(steps):
            point = {"key": "acc", "value": number, "timestamp": START + number, "step": step}
            await call(client, "POST runs/log-metric", **both(created), **point)
    far = await run(client, await experiment(client, "other"))
    point = {"key": "acc", "value": 9, "timestamp": START, "step": 99}
    await call(client, "POST runs/log-metric", **both(far), **point)

    ones = await search(client, project, "metrics.acc = 1", order_by=["run_name"])
    by_value = await search(client, project, "", order_by=["metrics.acc DESC", "run_name"])

    assert ones == ["(0, 0)", "(0, 5)", "(7, 7, 2)"]
    assert by_value == [*ones, "(-3,)", "(0,)"]


@pytest.mark.parametrize(
    "filter_",
    [
        "metrics.loss",
        "metrics.acc > 'a'",
        "metrics.acc IS NULL",
        "metrics.acc LIKE 'a'",
        "params.a > 'b'",
        "params.a = 1",
        "tags.a = 'b' OR tags.a = 'c'",
        "tags.a = 'b' AND",
        "tags.a = 'b' tags.c = 'd'",
        "tags.a NOT LIKE 'b'",
        "tags.a IN ()",
        "tags.a IN ('b',)",
        "tags.a IS NOT 'b'",
        "nothing.a = 'b'",
        "metrics. > 1",
        "tags.'' = 'b'",
        "dataset.colour = 'b'",
        "attributes.colour = 'b'",
        "start_time IN ('1')",
        "(tags.a = 'b')",
        "tags.a = 'b'; DROP TABLE users",
        "tags.a = 'b",
        " AND ".join(["tags.a = 'b'"] * (CONDITIONS + 1)),
    ],
)
async def test_other_filters_are_refused(client: AsyncClient, project: str, filter_: str) -> None:
    message = {"experiment_ids": [project], "filter": filter_}

    response = await send(client, "POST runs/search", **message)

    assert failure(response) == INVALID
    assert filter_ not in response.text


@pytest.mark.parametrize(
    "order", ["", "metrics.", "metrics.acc UP", "nothing.a", "dataset.name", "a, b"]
)
async def test_other_orders_are_refused(client: AsyncClient, project: str, order: str) -> None:
    response = await send(client, "POST runs/search", experiment_ids=[project], order_by=[order])

    assert failure(response) == INVALID


@pytest.mark.parametrize("text", ["'" * 3999, "a." * 1999, "`" * 3999, "((" * 1999, "1" * 3999])
def test_no_filter_takes_long(text: str) -> None:
    with pytest.raises(FilterError):
        parse_filter(text)


def test_lists_of_a_filter_are_bounded() -> None:
    assert parse_filter(f"run_id IN ({', '.join(['"a"'] * VALUES)})")
    with pytest.raises(FilterError):
        parse_filter(f"run_id IN ({', '.join(['"a"'] * (VALUES + 1))})")


async def test_search_comes_in_pages(client: AsyncClient, project: str) -> None:
    message = {"experiment_ids": [project], "max_results": 2}

    first = await call(client, "POST runs/search", **message)
    token = first["next_page_token"]
    second = await call(client, "POST runs/search", **message, page_token=token)

    names = [each["info"]["run_name"] for page in (first, second) for each in page["runs"]]
    assert names == ["Carl", "Bert", "Anna"]
    assert "next_page_token" not in second
    for wrong in ("x", "9999999", "-1"):
        refused = await send(client, "POST runs/search", **message, page_token=wrong)
        assert failure(refused) == INVALID


async def test_parameters_are_compared_as_they_are_shown(client: AsyncClient) -> None:
    """Numbers, too, which MLflow's client logs as texts and the other view as numbers."""
    values = [1e-05, -1.5e-07, 0.0001, 0.1 + 0.2, 100.0, 7, 10**22, 1e22, 0.0, True, False, "1e-05"]
    body = {"project_id": await experiment(client), "name": "a"}
    given = {f"p {number}": value for number, value in enumerate(values)}
    created = await client.post("/api/v1/experiments", json=body | {"hyperparameters": given})
    assert created.status_code == 201, created.text

    shown = (await data_of(client, created.json()["id"].replace("-", "")))["params"]

    assert [shown["p 0"], shown["p 3"]] == ["1e-05", "0.30000000000000004"]
    for key, value in shown.items():
        found = await search(client, body["project_id"], f"params.`{key}` = '{value}'")
        assert found == ["a"], value


async def test_times_are_compared_as_they_are_shown(
    client: AsyncClient, database: Database
) -> None:
    """In milliseconds, of which the rest is cut off."""
    created = await experiment(client)
    async with database.writing() as session:
        late = datetime(2026, 1, 1, 0, 0, 1, 999_900, UTC)
        await session.exec(update(Project).values(created_at=late))

    shown = await call(client, "GET experiments/get", experiment_id=created)
    time = shown["experiment"]["creation_time"]

    for filter_ in (f"creation_time = {time}", f"creation_time <= {time}"):
        found = await call(client, "POST experiments/search", filter=filter_)
        assert len(found["experiments"]) == 1


@pytest.mark.parametrize(
    ("filter_", "count"),
    [
        ("name = 'digits'", 1),
        ("name LIKE 'Dig%'", 0),
        ("attributes.name ILIKE 'Dig%'", 1),
        ("creation_time > 0 AND last_update_time > 1e15", 0),
        ("tags.a IS NULL", 2),  # and the default experiment
    ],
)
async def test_filter_finds_experiments(
    client: AsyncClient, project: str, filter_: str, count: int
) -> None:
    found = await call(client, "POST experiments/search", filter=filter_, order_by=["name DESC"])

    assert len(found["experiments"]) == count


@pytest.mark.parametrize(
    ("call_", "filter_", "count"),
    [
        ("registered-models", "name LIKE 'ir%'", 1),
        ("registered-models", "name = 'Iris'", 0),
        ("registered-models", "tag.`mlflow.prompt.is_prompt` != 'true'", 1),
        ("model-versions", "name = 'iris'", 1),
        ("model-versions", "name IN ('iris', 'b') AND version_number > 0", 1),
        ("model-versions", "run_id = 'x'", 0),
        ("model-versions", "source_path LIKE 'models:/m-%'", 1),
        ("model-versions", "tags.a = 'b'", 0),
    ],
)
async def test_filter_finds_models_and_versions(
    client: AsyncClient, call_: str, filter_: str, count: int
) -> None:
    await registered(client)

    found = await call(client, f"GET {call_}/search", filter=filter_, order_by="name ASC")

    assert len(found[call_.replace("-", "_")]) == count


@pytest.mark.parametrize(
    ("filter_", "count"),
    [
        ("metrics.acc > 0.8", 1),
        ("metrics.acc > 0.95", 0),
        ("params.a = 'b'", 1),
        ("tags.a = 'b'", 0),
        ("name = 'model' AND status = 'LOGGED_MODEL_READY'", 1),
        ("model_id LIKE 'm-%' AND creation_timestamp > 0", 1),
    ],
)
async def test_filter_finds_logged_models(client: AsyncClient, filter_: str, count: int) -> None:
    model_id = await registered(client)
    shown = (await call(client, f"GET logged-models/{model_id}"))["model"]["info"]
    point = {"key": "acc", "value": 0.9, "timestamp": START, "step": 1, "model_id": model_id}
    on = {"dataset_name": "iris", "dataset_digest": "1"}
    await call(client, "POST runs/log-metric", **both(shown["source_run_id"]), **point, **on)
    params = [{"key": "a", "value": "b"}]
    await call(client, f"POST logged-models/{model_id}/params", params=params)
    message = {"experiment_ids": [shown["experiment_id"]], "filter": filter_, "datasets": [on]}
    order = [{"field_name": "metrics.acc", "ascending": False} | on]

    found = await call(client, "POST logged-models/search", **message, order_by=order)

    assert len(found["models"]) == count


@pytest.mark.parametrize("filter_", ["", "name = 'model'"])
@pytest.mark.parametrize(
    ("datasets", "is_found"),
    [
        ([], True),
        ([{"dataset_name": "iris"}], True),
        ([{"dataset_name": "iris", "dataset_digest": "1"}], True),
        ([{"dataset_name": "other"}, {"dataset_name": "iris"}], True),
        ([{"dataset_name": "iris", "dataset_digest": "2"}], False),
        ([{"dataset_name": "other"}], False),
    ],
)
async def test_data_sets_narrow_a_search_for_logged_models(
    client: AsyncClient, filter_: str, datasets: list[dict[str, str]], *, is_found: bool
) -> None:
    """Whatever the filter compares, a model without a metric on them is not found."""
    model_id = await registered(client)
    shown = (await call(client, f"GET logged-models/{model_id}"))["model"]["info"]
    point = {"key": "acc", "value": 0.9, "timestamp": START, "step": 1, "model_id": model_id}
    on = {"dataset_name": "iris", "dataset_digest": "1"}
    await call(client, "POST runs/log-metric", **both(shown["source_run_id"]), **point, **on)
    message = {"experiment_ids": [shown["experiment_id"]], "filter": filter_}

    found = await call(client, "POST logged-models/search", **message, datasets=datasets)

    assert bool(found.get("models")) is is_found
