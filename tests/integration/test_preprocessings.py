"""Files that are made from others. What the child process does is tested in tests/worker."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from src.jobs.errors import JobError
from src.jobs.kinds import preprocess as kind
from tests.api import UNKNOWN_ID, Json, assert_problem
from tests.apps import service_of
from tests.callers import Sample
from tests.files import FILES, content_of, create, path_of, read, store
from tests.integration.test_files import TestFiles as Files
from tests.integration.test_files_rules import Stored
from tests.integration.test_jobs import JOBS
from tests.jobs import Jobs

STEPS: list[Json] = [
    {"step": "drop", "columns": ["id"]},
    {"step": "impute", "columns": ["a"], "strategy": "constant", "value": 0.5},
    {"step": "scale", "columns": ["a"], "method": "robust"},
    {"step": "encode", "columns": ["b"], "method": "ordinal"},
    {"step": "select", "columns": ["a", "b"]},
]
SPLIT: Json = {"step": "split", "test_size": 0.5, "random_state": 7}
SAMPLES: dict[str, Sample] = {
    f"POST {FILES}/{{file_id}}/preprocessings": Sample(
        body=lambda _: [{"steps": [each]} for each in (*STEPS, SPLIT)], feature=Stored
    ),
    f"GET {FILES}/{{file_id}}/origin": Sample(refusal=404, feature=Stored),
}


class Child:
    """Stands for the child process: it writes new files."""

    def __init__(self) -> None:
        self.parts: list[Json] = [{"part": None, "rows": 3, "columns": 2}]

    async def run(self, work: object, module: str, request: Json, **limits: object) -> Json:
        for number, _ in enumerate(self.parts):
            Path(request["folder"], str(number)).write_bytes(b"new %d" % number)
        await self.meanwhile()
        return {"parts": self.parts}

    async def meanwhile(self) -> None:
        """Do nothing, unless a test says otherwise."""


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Child:
    child = Child()
    monkeypatch.setattr(kind, "run_in_child", child.run)
    return child


async def start(client: AsyncClient, file: Json, *steps: Json) -> Response:
    return await client.post(f"{path_of(file)}/preprocessings", json={"steps": [*steps]})


async def ended(client: AsyncClient, jobs: Jobs, file: Json, *steps: Json) -> Json:
    """Run a preprocessing to its end, and return its job."""
    started = await start(client, file, *steps)
    assert started.status_code == 202, started.text
    await jobs.run()
    job: Json = (await client.get(started.headers["location"])).json()
    return job


async def test_preprocessing_is_a_job(client: AsyncClient) -> None:
    file = await store(client)

    response = await start(client, file, *STEPS)

    job = response.json()
    assert response.headers["location"] == f"{JOBS}/{job['id']}"
    assert (job["kind"], job["status"]) == ("preprocess", "queued")
    assert job["payload"] == {"file_id": file["id"], "steps": STEPS}


async def test_new_file_knows_its_origin(client: AsyncClient, jobs: Jobs, child: Child) -> None:
    file = await store(client, name="flowers.csv")

    job = await ended(client, jobs, file, *STEPS)

    assert (job["status"], job["error"]) == ("succeeded", None)
    (new_id,) = job["result"]["file_ids"]
    new = await read(client, {"id": new_id})
    assert (new["name"], new["status"]) == ("flowers (prepared).parquet", "stored")
    assert (new["media_type"], new["rows"], new["columns"]) == (
        "application/vnd.apache.parquet",
        3,
        2,
    )
    assert (await client.get(content_of(new))).content == b"new 0"
    assert (await client.get(f"{path_of(new)}/origin")).json() == {
        "derived_from": file["id"],
        "sha256": file["sha256"],
        "steps": STEPS,
        "part": None,
    }
    await client.delete(path_of(file))
    assert (await client.get(f"{path_of(new)}/origin")).json()["derived_from"] is None


async def test_split_makes_two_files(client: AsyncClient, jobs: Jobs, child: Child) -> None:
    file = await store(client, name="ü" * 127)
    child.parts = [{"part": part, "rows": 1, "columns": 2} for part in ("train", "test")]

    job = await ended(client, jobs, file, SPLIT)

    news = [await read(client, {"id": each}) for each in job["result"]["file_ids"]]
    origins = [(await client.get(f"{path_of(each)}/origin")).json() for each in news]
    assert [each["part"] for each in origins] == ["train", "test"]
    for new, part in zip(news, ("train", "test"), strict=True):
        assert new["name"].endswith(f"ü ({part}).parquet")
        assert 253 <= len(new["name"].encode()) <= 255


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"steps": []},
        {"steps": [{"step": "explode"}]},
        {"steps": [{"step": "drop"}]},
        {"steps": [SPLIT, SPLIT]},
        {"steps": [{"step": "split", "test_size": 0.9}]},
        {"steps": [{"step": "drop", "columns": ["a"]}] * 21},
        {"steps": STEPS, "name": "a.csv"},
    ],
)
async def test_wrong_steps_are_refused(client: AsyncClient, body: Json) -> None:
    file = await store(client)

    response = await client.post(f"{path_of(file)}/preprocessings", json=body)

    assert response.status_code == 422
    assert (await client.get(JOBS)).json()["items"] == []


async def test_file_that_nobody_may_see_is_not_there(
    client: AsyncClient, other: AsyncClient
) -> None:
    for file in (await store(other), {"id": UNKNOWN_ID}):
        for response in (
            await start(client, file, SPLIT),
            await client.get(f"{path_of(file)}/origin"),
        ):
            assert_problem(response, 404, "There is no such stored file.")


async def test_file_without_content_or_origin_is_told(client: AsyncClient) -> None:
    file = await create(client)

    assert_problem(await start(client, file, SPLIT), 404, "The file has no content yet.")
    origin = await client.get(f"{path_of(file)}/origin")
    assert_problem(origin, 404, "The file was uploaded, and not made from another one.")


@pytest.mark.parametrize("event", ["deletion", "cancellation", "full", "quota"])
async def test_nothing_is_left_if_it_ends_otherwise(
    app: FastAPI,
    client: AsyncClient,
    jobs: Jobs,
    child: Child,
    monkeypatch: pytest.MonkeyPatch,
    event: str,
) -> None:
    file = await store(client)
    expected = {
        "deletion": ("failed", "not_found", "The file was deleted meanwhile."),
        "cancellation": ("cancelled", None, None),
        "full": ("failed", "disk", "There is no room."),
        "quota": (
            "failed",
            "insufficient_storage",
            "The file would exceed the quota of your files: delete others first.",
        ),
    }

    async def happen() -> None:
        match event:
            case "deletion":
                await client.delete(path_of(file))
            case "cancellation":
                (job,) = (await client.get(JOBS)).json()["items"]
                await client.post(f"{JOBS}/{job['id']}/cancellation")
            case "full":
                raise JobError("disk", "There is no room.")
            case "quota":
                values = vars(service_of(app).settings)
                monkeypatch.setitem(values, "file_quota", file["size_bytes"] + 1)

    monkeypatch.setattr(child, "meanwhile", happen)

    job = await ended(client, jobs, file, SPLIT)

    assert (job["status"], job["error_code"], job["error"]) == expected[event]
    assert len(await Files.listed(client)) == (0 if event == "deletion" else 1)
    assert await jobs.sql("SELECT * FROM file_origins") == []
