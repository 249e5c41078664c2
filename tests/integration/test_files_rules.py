"""Contents of files: what is stored, and what is served."""

from collections.abc import AsyncIterator
from hashlib import md5, sha256
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient

from tests.api import Json, assert_problem
from tests.callers import Sample
from tests.files import (
    BODY,
    FILES,
    UPLOADS,
    address_of,
    content_of,
    create,
    found_in,
    path_of,
    put,
    read,
    store,
)
from tests.integration.test_files import TestFiles as Files

HAS_CONTENT = "The file has its content already, which never changes: create another file."
OTHER = "The content is not the one that was announced: its size or its SHA-256 differs."
NO_CONTENT = "The file has no content yet."


class Stored(Files):
    """Files with a content."""

    @classmethod
    async def create(cls, client: AsyncClient, /, **fields: object) -> Json:
        return await store(client, **fields)


SAMPLES: dict[str, Sample] = {
    f"GET {FILES}/{{file_id}}/content": Sample(feature=Stored),
    f"GET {FILES}/{{file_id}}/dvc": Sample(feature=Stored),
    f"POST {UPLOADS}": Sample(refusal=415),
    f"POST {FILES}/{{file_id}}/upload-url": Sample(refusal=409),
    f"POST {FILES}/{{file_id}}/completion": Sample(refusal=409),
}


async def test_content_is_stored_and_served_with_its_checksums(
    client: AsyncClient, place: Path
) -> None:
    file = await create(client, name='Größe "2".csv', media_type="text/csv")

    stored = await put(client, file, BODY)
    served = await client.get(content_of(file))

    digests = {
        "size_bytes": len(BODY),
        "sha256": sha256(BODY).hexdigest(),
        "md5": md5(BODY, usedforsecurity=False).hexdigest(),
    }
    row = stored.json()
    assert row == file | digests | {
        "status": "stored",
        "version": 2,
        "updated_at": row["updated_at"],
    }
    assert stored.headers["etag"] == '"2"'
    assert served.content == BODY
    assert served.headers["etag"] == f'"{digests["sha256"]}"'
    assert served.headers["content-length"] == str(len(BODY))
    assert served.headers["content-type"] == "text/csv"
    assert served.headers["x-content-type-options"] == "nosniff"
    assert served.headers["content-disposition"] == (
        "attachment; filename=\"Gr__e _2_.csv\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%222%22.csv"
    )
    assert found_in(place) == [address_of(BODY)]
    assert (place / address_of(BODY)).read_bytes() == BODY


@pytest.mark.parametrize("size", [0, 1, 3_000_000])
async def test_content_may_have_any_size(client: AsyncClient, size: int) -> None:
    body = b"x" * size

    file = await store(client, body)

    assert (await client.get(content_of(file))).content == body
    assert file["size_bytes"] == size


async def test_pages_and_scripts_are_served_as_bytes(client: AsyncClient) -> None:
    file = await store(client, media_type="text/html")

    response = await client.get(content_of(file))

    assert file["media_type"] == "text/html"
    assert response.headers["content-type"] == "application/octet-stream"


async def test_content_never_changes(client: AsyncClient) -> None:
    file = await store(client)

    assert_problem(await put(client, file, b"other"), 409, HAS_CONTENT)
    assert (await client.get(content_of(file))).content == BODY


async def test_file_without_a_content_has_nothing_to_download(client: AsyncClient) -> None:
    file = await create(client)

    for what in ("content", "dvc"):
        assert_problem(await client.get(f"{path_of(file)}/{what}"), 404, NO_CONTENT)


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=10-", 206, slice(10, None)),
        ("bytes=-10", 206, slice(-10, None)),
        ("bytes=1990-5000", 206, slice(1990, None)),
        ("bytes=-5000", 206, slice(None)),
        ("BYTES=5-5", 206, slice(5, 6)),
        ("bytes=2000-", 416, slice(0)),
        ("bytes=-0", 416, slice(0)),
        ("bytes=9-5", 200, slice(None)),
        ("bytes=-", 200, slice(None)),
        ("bytes=0-1,5-6", 200, slice(None)),
        ("lines=0-1", 200, slice(None)),
        (f"bytes={'9' * 30}-", 200, slice(None)),
    ],
)
async def test_range_is_served(client: AsyncClient, asked: str, status: int, part: slice) -> None:
    file = await store(client)

    response = await client.get(content_of(file), headers={"Range": asked})

    assert (len(BODY), response.status_code) == (2000, status)
    if status == 416:
        assert response.headers["content-range"] == "bytes */2000"
        return
    assert response.content == BODY[part]
    start, end, _ = part.indices(2000)
    shown = f"bytes {start}-{end - 1}/2000" if status == 206 else None
    assert response.headers.get("content-range") == shown


async def test_range_of_another_content_is_not_served(client: AsyncClient) -> None:
    file = await store(client)
    tag = f'"{file["sha256"]}"'

    statuses = [
        (await client.get(content_of(file), headers=[("Range", "bytes=0-9"), *conditions]))
        for conditions in (
            [("If-Range", tag)],
            [("If-Range", '"other"')],
            [("If-Range", f"W/{tag}")],
            [("If-Range", tag), ("If-Range", '"other"')],
            [("Range", "bytes=20-29")],
            [("If-Match", tag)],
            [("If-Match", '"other"')],
        )
    ]

    assert [each.status_code for each in statuses] == [206, 200, 200, 200, 200, 206, 412]


async def test_client_that_has_the_content_is_told_so(client: AsyncClient) -> None:
    file = await store(client)
    tag = f'"{file["sha256"]}"'

    for lines in ([tag], [f'W/{tag}, "x"'], ["*"], ['"x"', tag]):
        headers = [("If-None-Match", line) for line in lines]
        response = await client.get(content_of(file), headers=headers)
        assert (response.status_code, response.content) == (304, b"")
    other = await client.get(content_of(file), headers={"If-None-Match": '"x"'})
    assert other.status_code == 200
    for name in ("If-None-Match", "If-Match"):
        malformed = await client.get(content_of(file), headers={name: "junk"})
        detail = f'{name} must be * or a list of entity tags, such as "3".'
        assert_problem(malformed, 400, detail)


async def test_head_of_a_content_has_its_headers_alone(client: AsyncClient) -> None:
    file = await store(client)

    head, whole = await client.head(content_of(file)), await client.get(content_of(file))

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == whole.headers["content-length"]


@pytest.mark.parametrize("sort", ["name", "media_type"])
async def test_name_and_type_may_change_afterwards(client: AsyncClient, sort: str) -> None:
    file = await store(client)

    response = await client.patch(path_of(file), json={sort: "new/x" if sort != "name" else "n"})

    assert response.status_code == 200
    assert (await client.get(content_of(file))).content == BODY


@pytest.mark.parametrize(
    "name",
    ["", " ", ".", "..", "a/b", "a\\b", "a\nb", "a\x00b", "a\x7f", "a\x85", "a\u2028", "ü" * 128],
)
async def test_name_is_one_of_a_file(client: AsyncClient, name: str) -> None:
    assert (await client.post(FILES, json={"name": name})).status_code == 422


@pytest.mark.parametrize(
    "name", ["...", "-rf", "ü" * 127, "数据 🚀.parquet", "con", "a:b", "'\";%"]
)
async def test_other_names_are_taken(client: AsyncClient, name: str) -> None:
    file = await store(client, name=name)

    response = await client.get(content_of(file))

    assert file["name"] == name
    assert response.headers["content-disposition"].isascii()


async def test_dvc_finds_the_content_in_the_storage(client: AsyncClient) -> None:
    file = await store(client, name="iris.csv")

    response = await client.get(f"{path_of(file)}/dvc")

    assert response.headers["content-type"].startswith("application/yaml")
    assert response.text == (
        f'outs:\n- md5: {file["md5"]}\n  size: 2000\n  hash: md5\n  path: "iris.csv"\n'
    )


@pytest.mark.parametrize("announced", [{"size_bytes": 1999}, {"sha256": "0" * 64}])
async def test_other_content_than_announced_is_refused(
    client: AsyncClient, place: Path, announced: Json
) -> None:
    file = await create(client, **announced)

    assert_problem(await put(client, file, BODY), 422, OTHER)
    assert await read(client, file) == file
    assert found_in(place) == []


async def test_announced_content_is_taken(client: AsyncClient) -> None:
    announced = {"size_bytes": len(BODY), "sha256": sha256(BODY).hexdigest()}

    assert (await store(client, **announced))["status"] == "stored"


async def test_body_without_a_length_is_refused(client: AsyncClient) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield BODY

    file = await create(client)
    response = await client.put(content_of(file), content=parts())

    detail = "Send the size of the content in Content-Length, and not in chunks."
    assert_problem(response, 411, detail)


COLLIDING = [
    bytes.fromhex(
        "d131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f89"
        "55ad340609f4b30283e488832571415a085125e8f7cdc99fd91dbdf280373c5b"
        "d8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0"
        "e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70"
    ),
    bytes.fromhex(
        "d131dd02c5e6eec4693d9a0698aff95c2fcab50712467eab4004583eb8fb7f89"
        "55ad340609f4b30283e4888325f1415a085125e8f7cdc99fd91dbd7280373c5b"
        "d8823e3156348f5bae6dacd436c919c6dd53e23487da03fd02396306d248cda0"
        "e99f33420f577ee8ce54b67080280d1ec69821bcb6a8839396f965ab6ff72a70"
    ),
]
"""Two contents with one MD5, found by Wang and others in 2004."""


async def test_content_does_not_replace_another_with_the_same_md5(client: AsyncClient) -> None:
    file = await store(client, COLLIDING[0])
    second = await create(client)

    refused = await put(client, second, COLLIDING[1])

    assert_problem(refused, 409, "Another content with this MD5 is stored: its address is taken.")
    assert (await client.get(content_of(file))).content == COLLIDING[0]
    assert (await read(client, second))["status"] == "pending"


async def test_folder_takes_no_direct_uploads(client: AsyncClient) -> None:
    file = await create(client)

    for step in ("upload-url", "completion"):
        response = await client.post(f"{path_of(file)}/{step}")
        assert_problem(
            response,
            409,
            "The storage takes no direct uploads: send the content to /files/{id}/content.",
        )


# Forms


async def test_form_creates_a_file_with_its_content(client: AsyncClient, place: Path) -> None:
    response = await client.post(UPLOADS, files={"file": ("größe.csv", BODY, "text/csv")})

    file = response.json()
    assert response.status_code == 201
    assert response.headers["location"] == path_of(file)
    assert (file["name"], file["media_type"]) == ("größe.csv", "text/csv")
    assert (file["size_bytes"], file["status"]) == (len(BODY), "stored")
    assert (await client.get(content_of(file))).content == BODY
    assert found_in(place) == [address_of(BODY)]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"json": {"name": "a"}}, 415),
        ({"data": {"name": "a"}}, 415),
        ({"files": [("a", ("a", b"x")), ("b", ("b", b"x"))]}, 400),
        ({"files": {"file": ("a/b", b"x")}}, 422),
        (
            {"content": b"nothing", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
            400,
        ),
        (
            {
                "content": b"--x\r\n\r\nno end",
                "headers": {"Content-Type": "multipart/form-data; boundary=x"},
            },
            422,
        ),
        (
            {
                "content": b'--x\r\nContent-Disposition: form-data; filename="a"\r\n\r\nno end',
                "headers": {"Content-Type": "multipart/form-data; boundary=x"},
            },
            400,
        ),
        ({"content": b"", "headers": {"Content-Type": "multipart/form-data"}}, 415),
        (
            {
                "content": b"",
                "headers": {"Content-Type": f"multipart/form-data; boundary={'x' * 257}"},
            },
            400,
        ),
        (
            {
                "content": b'--x\r\nContent-Disposition: form-data; filename="\xff"\r\n\r\n\r\n--x--',
                "headers": {"Content-Type": "multipart/form-data; boundary=x"},
            },
            422,
        ),
    ],
)
async def test_form_that_is_not_one_file_is_refused(
    client: AsyncClient, place: Path, form: Any, status: int
) -> None:
    response = await client.post(UPLOADS, **form)

    assert response.status_code == status, response.text
    assert await Files.listed(client) == []
    assert found_in(place) == []
