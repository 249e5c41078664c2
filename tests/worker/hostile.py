"""Files that nobody should have to read."""

import gzip
import json
import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

import duckdb

type Make = Callable[[], bytes]

MB = 1_000_000
READY = "ready"
HEAD = b"a,b\n"
ROWS = b"1,x\n2,y\n"


def parquet(query: str, options: str = "FORMAT parquet") -> bytes:
    """Return what a query finds, as Parquet."""
    with TemporaryDirectory() as folder, duckdb.connect() as database:
        path = Path(folder) / "file"
        database.execute(f"COPY ({query}) TO '{path}' ({options})")
        return path.read_bytes()


def lines(*objects: object) -> bytes:
    return "".join(f"{json.dumps(each)}\n" for each in objects).encode()


def zipped() -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * 50 * MB)
    return file.getvalue()


def with_footer(size: int) -> bytes:
    """Return Parquet whose end claims another size of the footer."""
    file = parquet("SELECT 1 AS a")
    return file[:-8] + struct.pack("<I", size) + b"PAR1"


def damaged(start: int, length: int) -> bytes:
    file = bytearray(parquet("SELECT range AS a, range::VARCHAR AS b FROM range(10000)"))
    file[start : start + length] = Random(7).randbytes(length)  # noqa: S311
    return bytes(file)


OBJECT = {"a": 1}
HOSTILE: dict[str, tuple[Make, str]] = {
    # Of reference 4.3
    "empty": (lambda: b"", "empty"),
    "latin-1": (lambda: "name;größe\nä;1\n".encode("latin-1"), READY),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(1000), "format"),
    "unclosed quotes": (lambda: HEAD + b'1,"x\n' * 100_000, READY),
    "one unclosed quote": (lambda: HEAD + b'1,"x\n' + b'2,y\n3,"z"\n' * 400_000, READY),
    "text after numbers": (lambda: HEAD + b"1,2\n" * 600_000 + b"text,2\n", READY),
    "50,000 columns": (
        lambda: b",".join([b"c"] * 50_000) + b"\n" + b"1," * 49_999 + b"1\n",
        "columns",
    ),
    "one line": (lambda: b"x" * 50 * MB, "line"),
    "one long line later": (lambda: HEAD + ROWS + b"x" * 50 * MB + b",1\n" + ROWS, "line"),
    "duplicate headers": (lambda: b"a,a,a\n1,2,3\n", READY),
    "UTF-16": (lambda: "a;b\nä;1\n".encode("utf-16"), READY),
    "zero bytes": (lambda: HEAD + b"1,\0\n", "binary"),
    "too many values": (lambda: HEAD + ROWS * 100 + b"1,2,3\n" + ROWS, "line"),
    "too few values": (lambda: HEAD + ROWS * 30_000 + b"1\n" + ROWS, "line"),
    "random bytes": (lambda: Random(1).randbytes(MB), "binary"),  # noqa: S311
    "zip bomb": (zipped, "format"),
    # Texts
    "only a header": (lambda: b"a,b,c\n", READY),
    "only a mark": (lambda: b"\xef\xbb\xbf", "empty"),
    "only line ends": (lambda: b"\n" * 1000, READY),
    "one word": (lambda: b"hello", READY),
    "mark and text": (lambda: b"\xef\xbb\xbfa,b\n1,2\n", READY),
    "UTF-16 with an odd byte": (lambda: "a;b\nä;1\n".encode("utf-16") + b"x", "encoding"),
    "UTF-16 without a mark": (lambda: "a;b\nä;1\n".encode("utf-16-be"), READY),
    "UTF-16 with half a pair": (lambda: b"\xff\xfea\0,\0\n\0\x00\xd8\n\0", "encoding"),
    "UTF-16 with another mark": (lambda: b"\xfe\xff" + "a;b\n1;2\n".encode("utf-16-be"), READY),
    "wrong byte after a megabyte": (lambda: HEAD + ROWS * 300_000 + b"1,\xff\n" + ROWS, "line"),
    "mixed line ends": (lambda: b"a,b\r\n1,2\n3,4\r5,6\r\n", READY),
    "mixed line ends later": (lambda: HEAD + b"1,2\n" * 600_000 + b"3,4\r\n5,6\r7,8\n", READY),
    "quotes that come late": (lambda: HEAD + b"1,2\n" * 600_000 + b'1,"x,y"\n', READY),
    "formulas": (lambda: b"=cmd|'/C calc'!A0,+1,-1,@x\n=1+1,+2,-3,@y\n", READY),
    "names that are SQL": (lambda: b'select,"a""; DROP TABLE kept; --",\'x\',c1\n1,2,3,4\n', READY),
    "dates of year 10000": (
        lambda: b"d,t\n10000-01-01,10000-01-01 00:00:00\n290308-01-01,2020-01-01 00:00:00\n",
        READY,
    ),
    "no numbers": (lambda: b"n\nnan\ninf\n-inf\n1.5\n1e400\n", READY),
    "huge integers": (lambda: b"n\n99999999999999999999999999999\n9007199254740993\n1\n", READY),
    "long values": (lambda: b"".join(b"%d,%s\n" % (n, b"x" * 100_000) for n in range(50)), READY),
    "wide": (
        lambda: (
            b",".join(b"column %d" % n for n in range(2_000))
            + b"\n"
            + (b"," * 1_999 + b"\n") * 2_000
        ),
        READY,
    ),
    "rockets": (
        lambda: (
            b",".join(f"🚀{n}".encode() * 20 for n in range(500))
            + b"\n"
            + (b",".join(["🚀".encode() * 50] * 500) + b"\n") * 20
        ),
        READY,
    ),
    "names that begin formats": (lambda: b"PAR1,ORC,BZh\n1,2,3\n", READY),
    "odd delimiter": (lambda: b"a~b~c\n1~2~3\n", READY),
    "compressed": (lambda: gzip.compress(HEAD + ROWS), "format"),
    "pickle": (lambda: b"\x80\x04\x95\x0b\0\0\0\0\0\0\0}\x94.", "format"),
    "control characters": (lambda: b"a,b\n\x1b[31m,\x07\n", READY),
    # JSON Lines
    "JSON array": (lambda: b'[{"a": 1},\n{"a": 2}]\n', "format"),
    "JSON on several lines": (lambda: b'{\n"a": 1\n}\n', "line"),
    "deep JSON": (lambda: b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", "line"),
    "deep objects": (lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"\n", "line"),
    "a name in each line": (lambda: lines(*({f"k{n}": n} for n in range(50_000))), "columns"),
    "same name twice": (lambda: lines(OBJECT) + b'{"a": 1, "a": 2}\n', "line"),
    "names that differ in case": (lambda: lines({"a": 1, "A": 2}), READY),
    "no objects": (lambda: lines(OBJECT, 5, None), "line"),
    "broken JSON": (lambda: lines(OBJECT) + b'{"a": \n', "line"),
    "text after numbers in JSON": (lambda: lines(*[OBJECT] * 100_000, {"a": "x", "b": [1]}), READY),
    "zero in JSON": (lambda: lines({"a": "x\0y"}), READY),
    "half a pair in JSON": (lambda: b'{"a": "\\ud800"}\n', "line"),
    "NaN in JSON": (lambda: b'{"a": NaN}\n', READY),
    "huge number in JSON": (lambda: b'{"a": 1' + b"0" * 5_000 + b"}\n", READY),
    # Parquet
    "plain Parquet": (lambda: parquet("SELECT range AS a FROM range(1000)"), READY),
    "only PAR1": (lambda: b"PAR1", "unreadable"),
    "truncated Parquet": (
        lambda: parquet("SELECT range AS a FROM range(100000)")[:-100],
        "unreadable",
    ),
    "Parquet with a small footer": (lambda: with_footer(3), "unreadable"),
    "Parquet with a huge footer": (lambda: with_footer(2**31 - 1), "unreadable"),
    "damaged footer": (lambda: damaged(-500, 200), "unreadable"),
    "damaged pages": (lambda: damaged(4, 2000), "unreadable"),
    "Parquet without rows": (lambda: parquet("SELECT 1 AS a WHERE false"), READY),
    "Parquet with 3,000 columns": (
        lambda: parquet("SELECT " + ", ".join(f"{n} AS c{n}" for n in range(3_000))),
        "columns",
    ),
    "Parquet bomb": (
        lambda: parquet(
            "SELECT 7 AS a, 'x' AS b FROM range(20000000)",
            "FORMAT parquet, ROW_GROUP_SIZE 5000000",
        ),
        READY,
    ),
    "Parquet with huge values": (
        lambda: parquet(
            "SELECT repeat('x', 200000000) AS a FROM range(5)", "FORMAT parquet, COMPRESSION zstd"
        ),
        "memory",
    ),
    "nested Parquet": (
        lambda: parquet(
            "SELECT {'a': [range, NULL]} AS s, [[range]] AS l, MAP {range: 'x'} AS m, 'a'::BLOB AS b, uuid() AS u, INTERVAL 1 DAY AS i, 'nan'::FLOAT AS f FROM range(100)"
        ),
        READY,
    ),
    "Parquet of names": (
        lambda: parquet('SELECT 1 AS "a""; DROP TABLE kept; --", 2 AS "select", 3 AS "c1"'),
        READY,
    ),
}
