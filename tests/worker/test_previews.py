"""Previews of files, from the request to the answer."""

import json
from typing import Any

import pytest
from httpx import AsyncClient

from src.previews import bounds
from tests.api import Json
from tests.files import path_of, read, store
from tests.jobs import Jobs
from tests.worker.hostile import HOSTILE, READY, lines, parquet

FLOWERS = b"""petals,species,seen,tall
5,rose,2026-05-01,true
5,,2026-05-03,false
34,daisy,2026-04-01,true
13,daisy,2026-04-30,true
"""


async def preview(client: AsyncClient, jobs: Jobs, file: Json, **options: Any) -> Json:
    """Ask for a preview, run its job, and ask again."""
    path = f"{path_of(file)}/preview"
    first = await client.get(path, params=options)
    assert first.status_code == 202, first.text
    await jobs.run()
    response = await client.get(path, params=options)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


async def found(client: AsyncClient, jobs: Jobs, content: bytes, **options: Any) -> Json:
    answer = await preview(client, jobs, await store(client, content), **options)
    assert answer["status"] == READY, answer
    shown: Json = answer["preview"]
    return shown


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_file_is_answered(client: AsyncClient, jobs: Jobs, name: str) -> None:
    make, expected = HOSTILE[name]
    file = await store(client, make())

    answer = await preview(client, jobs, file)

    row, shown = await read(client, file), answer["preview"]
    if expected == READY:
        assert (answer["status"], answer["error"]) == (READY, None)
        assert (row["rows"], row["columns"]) == (shown["row_count"], shown["column_count"])
        assert {len(each) for each in shown["rows"]} <= {len(shown["columns"])}
    else:
        assert (answer["status"], answer["error_code"]) == ("failed", expected)
        assert answer["error"].endswith(".")
        assert (row["rows"], row["columns"]) == (None, None)


async def test_preview_has_columns_rows_and_a_profile(client: AsyncClient, jobs: Jobs) -> None:
    assert await found(client, jobs, FLOWERS) == {
        "format": "csv",
        "encoding": "utf-8",
        "delimiter": "comma",
        "header": True,
        "row_count": 4,
        "column_count": 4,
        "columns": [
            {
                "name": "petals",
                "type": "integer",
                "nulls": 0,
                "distinct": 3,
                "min": 5,
                "max": 34,
                "mean": 14.25,
                "quantiles": [5.0, 9.0, 18.25],
                "top": [
                    {"value": 5, "count": 2},
                    {"value": 13, "count": 1},
                    {"value": 34, "count": 1},
                ],
            },
            {
                "name": "species",
                "type": "text",
                "nulls": 1,
                "distinct": 2,
                "min": "daisy",
                "max": "rose",
                "mean": None,
                "quantiles": None,
                "top": [{"value": "daisy", "count": 2}, {"value": "rose", "count": 1}],
            },
            {
                "name": "seen",
                "type": "date",
                "nulls": 0,
                "distinct": 4,
                "min": "2026-04-01",
                "max": "2026-05-03",
                "mean": None,
                "quantiles": None,
                "top": [
                    {"value": "2026-04-01", "count": 1},
                    {"value": "2026-04-30", "count": 1},
                    {"value": "2026-05-01", "count": 1},
                    {"value": "2026-05-03", "count": 1},
                ],
            },
            {
                "name": "tall",
                "type": "boolean",
                "nulls": 0,
                "distinct": 2,
                "min": False,
                "max": True,
                "mean": None,
                "quantiles": None,
                "top": [{"value": True, "count": 3}, {"value": False, "count": 1}],
            },
        ],
        "rows": [
            [5, "rose", "2026-05-01", True],
            [5, None, "2026-05-03", False],
            [34, "daisy", "2026-04-01", True],
            [13, "daisy", "2026-04-30", True],
        ],
        "profiled_rows": 4,
        "is_exact": True,
    }


async def test_formats_show_the_same_values(client: AsyncClient, jobs: Jobs) -> None:
    objects: list[Json] = [{"n": 1, "x": 1.5, "t": "ä"}, {"n": None, "x": 2.5, "t": "b"}]
    values = ", ".join("({n}, {x}, '{t}')".format(**each) for each in objects)
    contents = {
        "csv": b"n,x,t\n1,1.5,\xc3\xa4\n,2.5,b\n",
        "jsonl": lines(*objects),
        "parquet": parquet(f"FROM (VALUES {values.replace('None', 'NULL')}) v(n, x, t)"),
    }

    previews = {each: await found(client, jobs, content) for each, content in contents.items()}

    for name, shown in previews.items():
        assert shown["format"] == name
        assert shown["rows"] == [[1, 1.5, "ä"], [None, 2.5, "b"]]
        assert shown["columns"] == previews["csv"]["columns"]


@pytest.mark.parametrize(
    ("text", "options", "shown", "rows"),
    [
        ("a;b\n1;ä\n", {"encoding": "latin-1"}, {"encoding": "latin-1"}, [[1, "ä"]]),
        ("a;b\n1;ä\n", {"encoding": "utf-16"}, {"encoding": "utf-16"}, [[1, "ä"]]),
        ("a|b\n1|2\n", {"delimiter": "comma"}, {"delimiter": "comma"}, [["1|2"]]),
        ("1,2\n3,4\n", {"header": "true"}, {"header": True}, [[3, 4]]),
        ("a,b\nc,d\n", {"header": "false"}, {"header": False}, [["a", "b"], ["c", "d"]]),
        ('{"a": 1}\n', {"format": "csv", "header": "false"}, {"format": "csv"}, [['{"a": 1}']]),
    ],
)
async def test_file_is_read_as_it_is_asked_for(
    client: AsyncClient, jobs: Jobs, text: str, options: Json, shown: Json, rows: list[Any]
) -> None:
    content = text.encode(options.get("encoding", "utf-8").replace("utf-16", "utf-16-le"))

    found_ = await found(client, jobs, content, **options)

    assert found_.items() >= shown.items()
    assert found_["rows"] == rows


@pytest.mark.parametrize(
    ("content", "options", "code"),
    [
        (b"a,b\n1,\xff\n", {"encoding": "utf-8"}, "line"),
        (b"a,b\n1,2\n", {"format": "parquet"}, "format"),
        (b"a,b\n1,2\n", {"format": "jsonl"}, "line"),
        (b"PAR1" * 100, {"format": "parquet"}, "unreadable"),
    ],
)
async def test_file_that_is_not_what_its_asker_says_fails(
    client: AsyncClient, jobs: Jobs, content: bytes, options: Json, code: str
) -> None:
    answer = await preview(client, jobs, await store(client, content), **options)

    assert (answer["status"], answer["error_code"]) == ("failed", code)


async def test_wrong_line_is_named(client: AsyncClient, jobs: Jobs) -> None:
    file = await store(client, b"a,b\n" + b"1,2\n" * 100_000 + b"1,2,3\n" + b"1,2\n" * 100)

    answer = await preview(client, jobs, file)

    assert answer["error"] == "Line 100002 has more values than there are columns."


async def test_numbers_that_json_cannot_have_are_texts(client: AsyncClient, jobs: Jobs) -> None:
    shown = await found(client, jobs, b"x,n\nnan,9007199254740993\ninf,1\n2.5,2\n")

    assert shown["rows"] == [["nan", "9007199254740993"], ["inf", 1], [2.5, 2]]
    number, integer = shown["columns"]
    assert (number["min"], number["max"], number["mean"]) == (2.5, 2.5, 2.5)
    assert (integer["min"], integer["max"]) == (1, "9007199254740993")


async def test_nested_values_are_json(client: AsyncClient, jobs: Jobs) -> None:
    shown = await found(client, jobs, lines({"a": {"b": [1, None]}, "c": [1]}, {"a": None}))

    assert [each["type"] for each in shown["columns"]] == ["json", "json"]
    assert json.loads(shown["rows"][0][0]) == {"b": [1, None]}


async def test_time_is_limited(
    client: AsyncClient, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "SECONDS", 0)

    answer = await preview(client, jobs, await store(client))

    assert (answer["status"], answer["error_code"]) == ("failed", "time")
    assert answer["error"] == "Reading the file takes longer than 0 s."
