"""The purge as a command, and settings of files that would lose them."""

from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import URL, NullPool, create_engine
from sqlmodel import Session, SQLModel

from src.files.settings import FilesSettings
from src.models.base import utc_now
from src.models.stored_file import Content, StoredFile
from src.models.user import User
from src.services import stored_file_purge
from tests.commands import run_command
from tests.files import BODY, DAY, address_of, found_in

IN_PRODUCTION = {"environment": "production", "database_url": "sqlite:///a.db"}
MD5 = address_of(BODY).removeprefix("files/md5/").replace("/", "")


@pytest.fixture
def stored(empty_url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a content that no file has, and one whose row is gone."""
    folder = tmp_path / "files"
    monkeypatch.setenv("FILES_URL", str(folder))
    content = folder / address_of(BODY)
    content.parent.mkdir(parents=True)
    content.write_bytes(BODY)
    then = utc_now() - 2 * DAY
    owner = User(email="ada@example.com", name="Ada")
    rows = [
        Content(md5=MD5, sha256="0" * 64, claimed_at=then),
        Content(md5=uuid4().hex, sha256="0" * 64, claimed_at=then),
        StoredFile(name="forgotten", owner_id=owner.id, updated_at=then),
    ]
    url = empty_url.set(drivername=empty_url.drivername.removesuffix("+aiosqlite"))
    engine = create_engine(url, poolclass=NullPool)
    SQLModel.metadata.create_all(engine)  # takes less time than the migrations
    with Session(engine) as session:
        session.add(owner)
        session.flush()
        session.add_all(rows)
        session.commit()
    return folder


def test_purge_tells_what_it_has_deleted(
    stored: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_file_purge, "EVERY", 1)
    run_command("purge-files")

    told = capsys.readouterr()
    assert told.out == ("Purged 0 parts of uploads, 1 files without a content, 2 contents.\n")
    assert told.err.splitlines() == ["1 contents so far ...", "2 contents so far ..."]
    assert found_in(stored) == []


def test_purge_leaves_what_is_younger(stored: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_command("purge-files", "--hours", "72")

    assert capsys.readouterr().out.startswith("Purged 0 parts of uploads, 0 files")
    assert found_in(stored) == [address_of(BODY)]


@pytest.mark.usefixtures("stored")
def test_age_may_not_reach_uploads_under_way() -> None:
    with pytest.raises(SystemExit):
        run_command("purge-files", "--hours", "0.5")


@pytest.mark.parametrize(
    ("settings", "hazard"),
    [
        ({}, "FILES_URL is not set: files would be stored where the service happens to run"),
        ({"files_url": "README.md"}, "FILES_URL has to name a folder in which the service can"),
        ({"files_url": "README.md/files"}, "FILES_URL has to name a folder in which the service"),
        (
            {"files_url": "x" * 5000},
            "FILES_URL has to name a folder in which the service can write",
        ),
        ({"files_url": "files"}, None),
        ({"files_url": "s3://bucket"}, None),
        (
            {"files_url": "s3://bucket", "max_file_size": 6_000_000_000},
            "MAX_FILE_SIZE is above 5368709120, the most that S3 copies at once",
        ),
    ],
)
def test_settings_that_would_lose_files_are_hazards(
    settings: dict[str, object], hazard: str | None
) -> None:
    given = FilesSettings.model_validate(IN_PRODUCTION | settings)

    found = [each for each in given.hazards() if each.startswith(("FILES", "MAX_FILE"))]
    assert [each[: len(hazard or "")] for each in found] == [hazard] * bool(hazard)
