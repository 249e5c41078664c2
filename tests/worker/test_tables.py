"""Data files as columns."""

import math
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pytest

from src.jobs.errors import JobError
from src.previews.bounds import HEAD_BYTES
from src.previews.child import run
from src.previews.engine import closed
from src.training import tables
from src.training.duck import LIMITS
from src.training.tables import read_table, type_of
from tests.worker.hostile import HOSTILE, READY

OF_TRAINING = {"column", "columns", "empty", "rows"}
"""Why a training refuses files that have a preview."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "it's data"


def read(file: Path, content: bytes) -> dict[str, list[object]]:
    file.write_bytes(content)
    found = read_table(file, file.parent).columns.items()
    return {name: [None if is_missing(each) else each for each in column] for name, column in found}


def is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        (b"a,b\n1,x\n2.5,y\n", {"a": [1.0, 2.5], "b": ["x", "y"]}),
        (b"a;b\r\n1;x\r\n", {"a": [1.0], "b": ["x"]}),
        (b"a,b\n,x\nNA,NA\n3,\n", {"a": [None, None, 3.0], "b": ["x", None, None]}),
        (b"ok,at\ntrue,2026-11-26\n,\n", {"ok": [1.0, None], "at": ["2026-11-26", None]}),
        (b'"a ""q""",b\n1,2\n', {'a "q"': [1.0], "b": [2.0]}),
        (b"a,a\n1,2\n", {"a": [1.0], "a_1": [2.0]}),
        ("a,b\nä,1\n".encode("utf-8-sig"), {"a": ["ä"], "b": [1.0]}),
        (b'{"a": 1, "b": "x"}\n{"a": null, "b": null}\n', {"a": [1.0, None], "b": ["x", None]}),
        (b' {"a": true}\n{"a": false}\n', {"a": [1.0, 0.0]}),
        (b"a,b\n=1+1,x\n", {"a": ["=1+1"], "b": ["x"]}),
        ("a,b\né,1\n".encode("latin-1"), {"a": ["é"], "b": [1.0]}),
        ("a,b\nä,1\n".encode("utf-16"), {"a": ["ä"], "b": [1.0]}),
        (b"a,b\r\n1,2\n3,4\r5,6\r\n", {"a": [1.0, 3.0, 5.0], "b": [2.0, 4.0, 6.0]}),
        (b"a;b\n1,5;x\n2,5;y\n", {"a": ["1,5", "2,5"], "b": ["x", "y"]}),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_columns_are_numbers_or_texts(
    file: Path, content: bytes, columns: dict[str, list[object]]
) -> None:
    assert read(file, content) == columns


def test_parquet_is_read(file: Path) -> None:
    rows = "SELECT i a, 'x' || i b, nullif(i, 1)::DECIMAL(9, 2) c FROM range(3) t(i)"
    duckdb.sql(rows).write_parquet(str(file.with_name("data")))

    table = read_table(file.with_name("data"), file.parent)

    assert [type_of(each) for each in table.columns.values()] == ["number", "text", "number"]
    assert table.columns["b"].tolist() == ["x0", "x1", "x2"]
    assert np.isnan(table.columns["c"]).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("content", "code", "reason"),
    [
        (b"", "empty", "The file is empty."),
        (b"a,b\n", "empty", "The file has no rows."),
        (
            b"PAR1\0 and so on",
            "unreadable",
            "The file is damaged, or is not what its first bytes say.",
        ),
        (
            b'{"a": 1}\n{"a": ',
            "line",
            "Line 2 is no JSON object with names that differ.",
        ),
        (b"a,b\n1,2\n3\n4,5\n", "line", "Line 3 has fewer values than there are columns."),
        (
            b"a,b\n" + b"1,2\n" * 50_000 + b"1,2,3\n",
            "line",
            "Line 50002 has more values than there are columns.",
        ),
        (
            b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
            "format",
            "The file is PNG: send CSV, JSON Lines or Parquet.",
        ),
        (b'{"a": [1, 2]}\n', "column", "The column a has neither numbers nor texts."),
        (
            ",".join(f"c{n}" for n in range(501)).encode() + b"\n" + b"1," * 500 + b"1\n",
            "columns",
            "The file has 501 columns; at most 500 are allowed.",
        ),
        (
            b"x" * 101 + b",b\n1,2\n",
            "columns",
            "The columns of the file need names of at most 100 characters.",
        ),
        (
            ",".join(f"{n:_>100}" for n in range(450)).encode() + b"\n" + b"1," * 449 + b"1\n",
            "columns",
            "The names of the columns are too long together.",
        ),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_file_that_cannot_be_used_says_why(
    file: Path, content: bytes, code: str, reason: str
) -> None:
    with pytest.raises(JobError) as raised:
        read(file, content)

    assert (raised.value.code, raised.value.reason) == (code, reason)


def test_rows_are_bounded(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "ROWS", 3)
    assert read(file, b"a\n1\n2\n3\n") == {"a": [1, 2, 3]}
    monkeypatch.setattr(tables, "CELLS", 5)

    with pytest.raises(JobError, match="more than 3 rows of 1 columns"):
        read(file, b"a\n1\n2\n3\n4\n")
    with pytest.raises(JobError, match="more than 2 rows of 2 columns"):
        read(file, b"a,b\n1,1\n2,2\n3,3\n")


def test_lines_of_csv_are_bounded(file: Path) -> None:
    text = "x" * (HEAD_BYTES // 2)
    assert read(file, f"a,b\n{text},1\n".encode()) == {"a": [text], "b": [1]}

    with pytest.raises(JobError, match=f"a line of more than {HEAD_BYTES} bytes"):
        read(file, f"a,b\n{text},1\n{6 * text},1\n".encode())
    with pytest.raises(JobError, match=r"Line 3 is too long\."):  # a shorter one is DuckDB's
        read(file, f"a,b\n{text},1\n{2 * text},1\n".encode())


def test_file_that_is_gone_is_told(file: Path) -> None:
    with pytest.raises(JobError, match="deleted"):
        read_table(file, file.parent)


# A training has the memory for huge values.
@pytest.mark.parametrize("name", [each for each in HOSTILE if each != "Parquet with huge values"])
def test_hostile_file_fails_as_its_preview_does(file: Path, name: str) -> None:
    make, expected = HOSTILE[name]
    file.write_bytes(make())

    code, _ = outcome(lambda: read_table(file, file.parent))

    if expected == READY:
        assert code in {READY} | OF_TRAINING
    else:
        assert code == expected


@pytest.mark.parametrize(
    "content",
    [
        b"a,a,A,,c\n1,2,3,4,5\n",
        b"a,b\nNA,NaN\n1,null\n",
        b"a;b\n" + b"1;2\n" * 30_000 + b"NA;x\n",
        b"a,b\n" + b"true,2\n" * 30_000 + b"5,1\n",
        b"a,b\n" + b"1,2\n" * 30_000 + b"1,2,3\n",
        b"a,b\n1,2\n3\n",
        b"a,b\n1,2\n3,4,5\n",
        b"a,a,,c\n" + b"1,2,3,4\n" * 20 + b"1,2,3\n",
        b"a;b\n1,5;2,5\n3,5;4,5\n",
        b"My report\n\na,b\n1,2\n",
        "a;b\r\nä;1\r".encode("utf-16"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_table_is_that_of_its_preview(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    request = {"path": str(file), "folder": str(file.parent), "options": {}}

    preview = outcome(lambda: [(c["name"], c["nulls"]) for c in run(request, print)["columns"]])

    assert outcome(lambda: [(n, c.count(None)) for n, c in read(file, content).items()]) == preview


def outcome(work: Callable[[], object]) -> tuple[str, object]:
    try:
        return READY, work()
    except JobError as error:
        return error.code, error.reason


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_csv('https://example.com/a.csv')",
        "COPY (SELECT 1) TO 'stolen.csv'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
    ],
)
def test_duckdb_sees_one_file_only(file: Path, query: str) -> None:
    file.write_bytes(b"a\n1\n")

    with closed(LIMITS, files=[file]) as connection, pytest.raises(duckdb.Error):
        connection.execute(query)
