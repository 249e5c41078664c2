"""Previews as their askers see them. What the child process does is tested in tests/worker."""

import asyncio
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from src.files.folder import Folder
from src.files.local import local
from src.files.settings import FilesSettings
from src.files.stores import store_of
from src.jobs.errors import JobError
from src.jobs.kinds import preview as kind
from src.schemas.job import Json as Content
from src.services.preview import PREVIEW
from src.services.stored_file_purge import purge
from tests.api import UNKNOWN_ID, Json, assert_problem
from tests.apps import service_of
from tests.callers import Sample
from tests.files import BODY, FILES, age, create, path_of, read, store
from tests.integration.test_files_rules import Stored
from tests.integration.test_jobs import JOBS
from tests.jobs import Jobs

SAMPLES: dict[str, Sample] = {f"GET {FILES}/{{file_id}}/preview": Sample(feature=Stored)}
CONTENT: Content = {
    "format": "csv",
    "encoding": "utf-8",
    "delimiter": "comma",
    "header": True,
    "row_count": 1,
    "column_count": 2,
    "columns": [],
    "rows": [],
    "profiled_rows": 1,
    "is_exact": True,
}
IMPORTED = """
import sys, src.main, src.worker
from src.jobs.handlers import found
assert "preview" in found()
print(*sys.modules)
"""


class Child:
    """Stands for the child process, and counts its calls."""

    def __init__(self) -> None:
        self.requests: list[Json] = []
        self.error: Exception | None = None

    async def run(self, work: object, module: str, request: Json, **limits: object) -> Content:
        self.requests.append(request)
        await self.meanwhile()
        if self.error:
            raise self.error
        return CONTENT

    async def meanwhile(self) -> None:
        """Do nothing, unless a test says otherwise."""


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Child:
    child = Child()
    monkeypatch.setattr(kind, "run_in_child", child.run)
    return child


def preview_of(file: Json) -> str:
    return f"{path_of(file)}/preview"


async def jobs_of(client: AsyncClient) -> list[Json]:
    items: list[Json] = (await client.get(JOBS)).json()["items"]
    return items


async def test_first_request_enqueues_the_job_and_others_find_it(client: AsyncClient) -> None:
    file = await store(client)

    first, second = [await client.get(preview_of(file)) for _ in range(2)]

    (job,) = await jobs_of(client)
    assert (first.status_code, first.headers["location"]) == (202, f"{JOBS}/{job['id']}")
    assert first.json() == job
    assert (job["kind"], job["status"]) == ("preview", "queued")
    assert (second.status_code, second.json()) == (202, job)


async def test_requests_at_once_enqueue_one_job(concurrent_client: AsyncClient) -> None:
    client = concurrent_client
    file = await store(client)

    answers = await asyncio.gather(*(client.get(preview_of(file)) for _ in range(10)))

    assert {each.status_code for each in answers} == {202}
    assert len(await jobs_of(client)) == 1


async def test_preview_is_shown_once_its_job_has_ended(
    client: AsyncClient, jobs: Jobs, child: Child
) -> None:
    file = await store(client)
    await client.get(preview_of(file))
    await jobs.run()

    response = await client.get(preview_of(file))

    row = await read(client, file)
    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "job_id": None,
        "error_code": None,
        "error": None,
        "preview": CONTENT,
    }
    assert (row["rows"], row["columns"]) == (1, 2)
    assert row["version"] == file["version"] + 1
    (request,) = child.requests
    assert Path(request["path"]).read_bytes() == BODY
    assert not Path(request["folder"]).exists()


async def test_files_with_the_same_content_share_a_preview(
    client: AsyncClient, jobs: Jobs, child: Child
) -> None:
    files = [await store(client) for _ in range(2)]
    for each in files:
        await client.get(preview_of(each))
        await jobs.run()

    assert [(await client.get(preview_of(each))).status_code for each in files] == [200, 200]
    assert [(await read(client, each))["columns"] for each in files] == [2, 2]
    assert len(child.requests) == 1


async def test_preview_of_another_owner_is_not_used(
    client: AsyncClient, other: AsyncClient, jobs: Jobs, child: Child
) -> None:
    """How soon a preview is there would tell that somebody else has the same content."""
    mine, theirs = await store(client), await store(other)
    for asker, file in ((client, mine), (other, theirs)):
        assert (await asker.get(preview_of(file))).status_code == 202
        await jobs.run()

    assert len(child.requests) == 2


async def test_each_way_to_read_a_file_has_its_preview(
    client: AsyncClient, jobs: Jobs, child: Child
) -> None:
    file = await store(client)
    ways: list[Json] = [{}, {"delimiter": "tab"}, {"delimiter": "tab", "header": False}]
    for way in ways:
        assert (await client.get(preview_of(file), params=way)).status_code == 202
    await jobs.run()

    assert [each["options"] for each in child.requests] == ways
    for way in ways:
        assert (await client.get(preview_of(file), params=way)).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": "xlsx"},
        {"encoding": "utf-7"},
        {"delimiter": ","},
        {"header": "yes"},
        {"sheet": "1"},
        {"format": "parquet", "delimiter": "tab"},
        {"format": "jsonl", "header": "true"},
        {"delimiter": ["tab", "pipe"]},
    ],
)
async def test_wrong_option_is_refused(client: AsyncClient, wrong: Json) -> None:
    file = await store(client)

    assert (await client.get(preview_of(file), params=wrong)).status_code == 422
    assert await jobs_of(client) == []


async def test_failure_is_answered_with_its_reason_and_can_be_tried_again(
    client: AsyncClient, jobs: Jobs, child: Child
) -> None:
    file = await store(client)
    child.error = JobError("line", "Line 3 has more values than there are columns.")
    await client.get(preview_of(file))
    await jobs.run()

    failed = await client.get(preview_of(file))
    child.error = None
    retried = await client.post(f"{JOBS}/{failed.json()['job_id']}/retry")
    waiting = await client.get(preview_of(file))
    await jobs.run()

    (job,) = await jobs_of(client)
    assert (failed.status_code, failed.json()) == (
        200,
        {
            "status": "failed",
            "job_id": job["id"],
            "error_code": "line",
            "error": "Line 3 has more values than there are columns.",
            "preview": None,
        },
    )
    assert (retried.status_code, waiting.status_code) == (202, 202)
    assert (await client.get(preview_of(file))).json()["status"] == "ready"


async def test_cancelled_job_is_a_failure(client: AsyncClient) -> None:
    file = await store(client)
    job = (await client.get(preview_of(file))).json()
    await client.post(f"{JOBS}/{job['id']}/cancellation")

    answer = (await client.get(preview_of(file))).json()

    assert (answer["status"], answer["error_code"]) == ("failed", "cancelled")
    assert answer["error"] == "The job was cancelled."


async def test_job_that_is_cancelled_meanwhile_writes_nothing(
    client: AsyncClient, jobs: Jobs, child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = await store(client)
    job = (await client.get(preview_of(file))).json()

    async def cancel() -> None:
        await client.post(f"{JOBS}/{job['id']}/cancellation")

    monkeypatch.setattr(child, "meanwhile", cancel)
    await jobs.run()

    assert (await client.get(preview_of(file))).json()["error_code"] == "cancelled"
    assert (await read(client, file))["columns"] is None
    assert await jobs.sql("SELECT * FROM previews") == []


async def test_file_that_nobody_may_see_has_no_preview(
    client: AsyncClient, other: AsyncClient
) -> None:
    theirs = await store(other)

    for each in (theirs, {"id": UNKNOWN_ID}):
        assert_problem(await client.get(preview_of(each)), 404, "There is no such stored file.")
    assert await jobs_of(other) == []


async def test_file_without_a_content_has_no_preview(client: AsyncClient) -> None:
    response = await client.get(preview_of(await create(client)))

    assert_problem(response, 404, "The file has no content yet.")


@pytest.mark.parametrize("is_early", [True, False])
async def test_file_that_is_deleted_meanwhile_fails(
    client: AsyncClient, jobs: Jobs, child: Child, monkeypatch: pytest.MonkeyPatch, is_early: bool
) -> None:
    file = await store(client)
    job = (await client.get(preview_of(file))).json()

    async def delete() -> None:
        await client.delete(path_of(file))

    if is_early:
        await delete()
    else:
        monkeypatch.setattr(child, "meanwhile", delete)
    await jobs.run()

    (row,) = await jobs_of(client)
    assert (row["id"], row["status"], row["error_code"]) == (job["id"], "failed", "deleted")
    assert row["error"] == "The file was deleted meanwhile."
    assert len(child.requests) == (0 if is_early else 1)
    assert await jobs.sql("SELECT * FROM previews") == []


async def test_previews_go_with_their_content(
    app: FastAPI, client: AsyncClient, jobs: Jobs, child: Child
) -> None:
    file = await store(client)
    await client.get(preview_of(file))
    await jobs.run()
    assert len(await jobs.sql("SELECT * FROM previews")) == 1

    await client.delete(path_of(file))
    await age(jobs.database)
    url = service_of(app).settings_of(FilesSettings).files_url
    await purge(jobs.database, store_of(url), timedelta(days=1))

    assert await jobs.sql("SELECT * FROM previews") == []


async def test_content_that_is_far_away_comes_to_a_private_folder(
    client: AsyncClient, place: Path, tmp_path: Path
) -> None:
    file = await store(client)

    class FarAway:
        read = Folder(place).read

    far: Any = FarAway()
    async with local(far, file["md5"], len(BODY)) as path:
        assert place not in path.parents
        assert path.read_bytes() == BODY
        assert path.parents[3].stat().st_mode & 0o077 == 0
    assert not path.exists()


def test_service_and_worker_leave_duckdb_to_the_child() -> None:
    command = [sys.executable, "-c", IMPORTED]
    done = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
    imported = done.stdout.split()

    assert "src.services.preview" in imported
    assert not [each for each in imported if each.partition(".")[0] in {"duckdb", "_duckdb"}]
    assert PREVIEW.packages == ("duckdb",)
