"""Files that are made from others, from the request to the new content."""

import resource
from pathlib import Path
from typing import Any

import duckdb
import pytest
from httpx import AsyncClient

from tests.api import Json
from tests.files import content_of, read, store
from tests.integration.test_preprocessings import ended
from tests.jobs import Jobs

FLOWERS = b"""id,petals,species,code
1,5,rose,007
2,,daisy,008
3,34,daisy,009
4,13,,010
"""
SPLIT: Json = {"step": "split", "test_size": 0.5, "random_state": 3}


async def made(
    client: AsyncClient, jobs: Jobs, folder: Path, *steps: Json, content: bytes = FLOWERS
) -> list[list[Json]]:
    """Return the rows of the new files."""
    file = await store(client, content)
    job = await ended(client, jobs, file, *steps)
    assert (job["status"], job["error"]) == ("succeeded", None)
    news = [await read(client, {"id": each}) for each in job["result"]["file_ids"]]
    tables = [rows_of((await client.get(content_of(each))).content, folder) for each in news]
    for new, rows in zip(news, tables, strict=True):
        assert (new["rows"], new["columns"]) == (len(rows), len(rows[0]))
    return tables


def rows_of(content: bytes, folder: Path) -> list[Json]:
    path = folder / "content"
    path.write_bytes(content)
    with duckdb.connect() as database:
        found = database.execute(f"FROM read_parquet('{path}')")
        names = [each[0] for each in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


async def test_steps_are_done_in_their_order(
    client: AsyncClient, jobs: Jobs, tmp_path: Path
) -> None:
    steps: list[Json] = [
        {"step": "drop", "columns": ["code"]},
        {"step": "impute", "columns": ["petals"], "strategy": "median"},
        {"step": "scale", "columns": ["petals"], "method": "min_max"},
        {"step": "impute", "columns": ["species"], "strategy": "constant", "value": "none"},
        {"step": "encode", "columns": ["species"]},
        {"step": "select", "columns": ["petals", "species"]},
    ]

    (rows,) = await made(client, jobs, tmp_path, *steps)

    assert [each.pop("petals") for each in rows] == pytest.approx([0, 8 / 29, 1, 8 / 29])
    assert rows == [
        {"species_daisy": 0.0, "species_none": 0.0, "species_rose": 1.0},
        {"species_daisy": 1.0, "species_none": 0.0, "species_rose": 0.0},
        {"species_daisy": 1.0, "species_none": 0.0, "species_rose": 0.0},
        {"species_daisy": 0.0, "species_none": 1.0, "species_rose": 0.0},
    ]


async def test_what_no_step_changes_stays(client: AsyncClient, jobs: Jobs, tmp_path: Path) -> None:
    (rows,) = await made(client, jobs, tmp_path, {"step": "drop", "columns": ["id"]})

    assert rows == [
        {"petals": 5.0, "species": "rose", "code": "007"},
        {"petals": None, "species": "daisy", "code": "008"},
        {"petals": 34.0, "species": "daisy", "code": "009"},
        {"petals": 13.0, "species": None, "code": "010"},
    ]


async def test_steps_learn_from_the_part_to_train_with(
    client: AsyncClient, jobs: Jobs, tmp_path: Path
) -> None:
    steps: list[Json] = [
        {"step": "select", "columns": ["id", "petals"]},
        {"step": "impute", "columns": ["petals"], "strategy": "mean"},
        SPLIT,
    ]

    train, test = await made(client, jobs, tmp_path, *steps)
    again = await made(client, jobs, tmp_path, *steps)

    known = {1: 5.0, 3: 34.0, 4: 13.0}
    mean = [known[each["id"]] for each in train if each["id"] in known]
    assert sorted(each["id"] for each in (*train, *test)) == [1, 2, 3, 4]
    for each in (*train, *test):
        assert each["petals"] == known.get(each["id"], sum(mean) / len(mean))
    assert again == [train, test]


async def test_new_file_can_be_prepared_again(
    client: AsyncClient, jobs: Jobs, tmp_path: Path
) -> None:
    """Its types are the same: a code of digits is still a text."""
    file = await store(client, FLOWERS)
    job = await ended(client, jobs, file, {"step": "select", "columns": ["code", "petals"]})
    (new_id,) = job["result"]["file_ids"]

    job = await ended(client, jobs, {"id": new_id}, {"step": "encode", "columns": ["code"]})

    assert (job["status"], job["error"]) == ("succeeded", None)


@pytest.mark.parametrize(
    ("content", "steps", "code", "reason"),
    [
        (
            FLOWERS,
            [{"step": "drop", "columns": ["colour"]}],
            "steps",
            "Step 1 names colour, which is no column, or none any more.",
        ),
        (
            FLOWERS,
            [{"step": "scale", "columns": ["species"]}],
            "steps",
            "Step 1 does not fit species, which has texts.",
        ),
        (
            b"a,a_x\nx,1\ny,2\n",
            [{"step": "encode", "columns": ["a"]}],
            "steps",
            "Two of the new columns would have the same name.",
        ),
        (b"a\n1\n", [SPLIT], "rows", "1 rows are too few to split."),
        (b"", [SPLIT], "empty", "The file is empty."),
    ],
)
async def test_steps_that_do_not_fit_say_why(
    client: AsyncClient, jobs: Jobs, content: bytes, steps: list[Any], code: str, reason: str
) -> None:
    job = await ended(client, jobs, await store(client, content), *steps)

    assert (job["status"], job["error_code"], job["error"]) == ("failed", code, reason)


async def test_full_disk_leaves_nothing(client: AsyncClient, jobs: Jobs, place: Path) -> None:
    content = b"a\n" + b"".join(b"%dx\n" % (number % 150) for number in range(600))
    file = await store(client, content)  # much smaller than what is made of it
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        job = await ended(client, jobs, file, {"step": "encode"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert (job["status"], job["error_code"]) == ("failed", "disk")
    assert job["error"] == "The new file cannot be written: the disk may be full."
    assert (await client.get("/api/v1/files")).json()["items"] == [file]
    assert len([each for each in place.rglob("*") if each.is_file()]) == 1
