"""Bounds of previews, and what DuckDB may touch."""

import json
import resource
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from src.jobs.errors import JobError
from src.models.storable import JSON_BYTES
from src.previews import bounds, csv_tables, formats, look, profile, tables, texts
from src.previews.cells import fitted
from src.previews.child import run
from src.previews.engine import closed, limits_in
from tests.api import Json
from tests.worker.hostile import parquet

MB = 1_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "it's a [file]"


def previewed(file: Path, folder: Path, content: bytes, **options: Any) -> Json:
    file.write_bytes(content)
    request = {"path": str(file), "folder": str(folder), "options": options}
    return run(request, lambda *_: None)


def refusal(file: Path, folder: Path, content: bytes, **options: Any) -> str:
    with pytest.raises(JobError) as caught:
        previewed(file, folder, content, **options)
    return caught.value.code


def test_few_rows_columns_and_characters_are_shown(file: Path, folder: Path) -> None:
    names = ",".join(f"column {number}" for number in range(150))
    row = ",".join(["x" * 150] + ["1"] * 149)

    shown = previewed(file, folder, f"{names}\n{f'{row}\n' * 30}".encode())

    assert (shown["row_count"], shown["column_count"]) == (30, 150)
    assert [len(shown["rows"]), len(shown["columns"])] == [20, 100]
    assert {len(each) for each in shown["rows"]} == {100}
    assert shown["rows"][0][0] == "x" * 99 + "…"
    assert shown["columns"][0]["top"] == [{"value": "x" * 99 + "…", "count": 30}]


def test_few_top_values_are_shown(file: Path, folder: Path) -> None:
    text = "n\n" + "".join(f"{number}\n" * number for number in range(1, 9))

    (column,) = previewed(file, folder, text.encode())["columns"]

    assert column["top"] == [{"value": each, "count": each} for each in (8, 7, 6, 5, 4)]


def test_preview_is_small_enough_for_the_database() -> None:
    text = "🚀" * 101
    column = {"name": text, "min": text, "max": text, "top": [{"value": text, "count": 1}] * 5}

    shown = fitted({"columns": [column] * 100, "rows": [[text] * 100] * 20})

    assert bounds.PREVIEW_BYTES == JSON_BYTES
    assert len(json.dumps(shown)) <= JSON_BYTES
    assert len(shown["columns"]) == len(shown["rows"][0])
    assert len(shown["rows"]) == 20
    assert shown["rows"][0][0] == "🚀" * 9 + "…"


@pytest.mark.parametrize("number", [2_000, 2_001])
def test_columns_are_counted(file: Path, folder: Path, number: int) -> None:
    row = ",".join(["1"] * number)
    contents = [
        f"{row}\n{row}\n".encode(),
        json.dumps({f"c{each}": 1 for each in range(number)}).encode() + b"\n",
        parquet("SELECT " + ", ".join(f"1 AS c{each}" for each in range(number))),
    ]
    for content in contents:
        if number > bounds.MOST_COLUMNS:
            assert refusal(file, folder, content) == "columns"
        else:
            assert previewed(file, folder, content)["column_count"] == number


def test_line_is_bounded(file: Path, folder: Path) -> None:
    rows = b"a,b\n" + b"1,x\n" * 10

    assert previewed(file, folder, rows + b"2," + b"y" * 900_000 + b"\n")["row_count"] == 11
    assert refusal(file, folder, rows + b"2," + b"y" * 3 * MB + b"\n") == "line"


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_large_file_is_estimated(
    file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    query = "SELECT range AS n, range % 3 AS k, range / 7 AS x, 'a' AS t FROM range(10000)"
    content = parquet(query, "FORMAT csv" if form == "csv" else "FORMAT parquet")
    exact = previewed(file, folder, content)
    monkeypatch.setattr(profile, "COUNTED_BYTES", 1_000)

    shown = previewed(file, folder, content)

    assert (exact["is_exact"], shown["is_exact"]) == (True, False)
    for each, counted in zip(shown["columns"], exact["columns"], strict=True):
        assert each["distinct"] == pytest.approx(counted["distinct"], rel=0.1)
        assert (each["min"], each["max"]) == (counted["min"], counted["max"])
        assert (each["quantiles"] or []) == pytest.approx(counted["quantiles"] or [], rel=0.05)
    tops = [{top["value"]: top["count"] for top in each["top"]} for each in shown["columns"]]
    assert tops[:2] == [{}, {0: 3334, 1: 3333, 2: 3333}]
    assert tops[3] == {"a": 10000}
    for name in ("rows", "row_count", "profiled_rows"):
        assert shown[name] == exact[name]


@pytest.mark.parametrize("bound", ["PROFILED_BYTES", "PROFILED_VALUES"])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_of_a_huge_file_the_first_rows_are_profiled(
    file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, form: str, bound: str
) -> None:
    content = parquet("SELECT range % 10 AS n FROM range(10000)", f"FORMAT {form}")
    monkeypatch.setattr(tables, bound, 500)

    shown = previewed(file, folder, content)

    assert 50 <= shown["profiled_rows"] <= 500
    assert shown["row_count"] == (10000 if form == "parquet" else None)
    assert sum(each["count"] for each in shown["columns"][0]["top"]) <= shown["profiled_rows"]


def test_values_that_fit_no_type_make_a_column_of_texts(
    file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = b"a,b,c\n" + b"1,2,3\n" * 200_000 + b"x,2,3\n" * 20 + b"1,x,3\n"
    for rejects, corrections in ((1_000, 3), (10, 3), (10, 1)):
        monkeypatch.setattr(csv_tables, "REJECTS", rejects)
        monkeypatch.setattr(csv_tables, "CORRECTIONS", corrections)
        shown = previewed(file, folder, text)
        types = [each["type"] for each in shown["columns"]]
        assert types == ["text", "text", "integer" if corrections == 3 else "text"]
        assert shown["row_count"] == 200_021


def test_copy_of_a_text_is_bounded(
    file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = "a,b\n1,2\n".encode("utf-16")
    assert previewed(file, folder, content)["row_count"] == 1

    monkeypatch.setattr(texts, "DISK_BYTES", 5)

    assert refusal(file, folder, content) == "size"


def test_only_the_head_is_looked_at(
    file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "HEAD_BYTES", 8)
    file.write_bytes(b"a,b\n1,2\n\xff\0")

    assert look.look(file, None, None).encoding == "utf-8"


def test_wrong_line_is_searched_among_the_first(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_bytes(b'{"a": 1}\n' * 10 + b"x\n")

    assert formats.problem_of(file).reason == "Line 11 is no JSON object with names that differ."


def test_duckdb_touches_nothing_else(file: Path, folder: Path, tmp_path: Path) -> None:
    file.write_bytes(b"a\n1\n")
    secret, own = tmp_path / "secret", str(file).replace("'", "''")
    secret.write_bytes(b"a\n1\n")
    with closed(limits_in(folder), files=[file]) as database:
        assert database.execute(f"FROM read_csv('{own}')").fetchall() == [(1,)]
        for statement in (
            f"FROM read_csv('{secret}')",
            f"FROM read_text('{secret}')",
            f"FROM glob('{tmp_path}/*')",
            f"COPY (SELECT 1) TO '{tmp_path}/made'",
            f"ATTACH '{tmp_path}/made'",
            "FROM read_csv('https://example.com/a.csv')",
            "INSTALL httpfs",
            "LOAD httpfs",
            "SET memory_limit = '100GB'",
            "SET enable_external_access = true",
            "FROM folder",
        ):
            with pytest.raises(duckdb.Error):
                database.execute(statement).fetchall()
    assert {each.name for each in tmp_path.iterdir()} == {file.name, folder.name, "secret"}


def test_times_are_those_of_utc(file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = parquet("SELECT TIMESTAMPTZ '2026-01-01 00:00:00+00' AS at")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        shown = previewed(file, folder, content)
    finally:
        monkeypatch.undo()
        time.tzset()

    assert shown["rows"] == [["2026-01-01 00:00:00+00"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_full_disk_is_told(file: Path, folder: Path, encoding: str) -> None:
    file.write_bytes(("a,b\n" + "1,2\n" * 10_000).encode(encoding))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(JobError) as caught:
            run({"path": str(file), "folder": str(folder), "options": {}}, lambda *_: None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert caught.value.code == "disk"
