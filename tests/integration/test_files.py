from tests.contract import Contract, enum, patterned, safe_integer, shown

SHA256 = "990874f37398b55d2f32e44d73f52440f0ed52b1d1a21b9531c7d5dec47ec30a"


class TestFiles(Contract):
    path, words, owned = "/api/v1/files", "stored file", True
    fields = {
        "name": patterned("a.csv", "b.csv", longest=255),
        "media_type": patterned(
            "text/csv", "text/tsv", shortest=3, longest=100, default="application/octet-stream"
        ),
        "size_bytes": safe_integer(least=0, optional=True, methods=("POST",)),
        "sha256": patterned(
            SHA256,
            SHA256[:-1] + "b",
            shortest=64,
            longest=64,
            optional=True,
            methods=("POST",),
            filter="equal",
        ),
        "status": enum("pending", "stored", default="pending", methods=(), changes=[]),
        "md5": shown(),
        "rows": shown(),
        "columns": shown(),
    }
