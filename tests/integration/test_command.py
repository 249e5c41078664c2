"""Commands of the service."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import click
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, NullPool, create_engine, make_url, text
from sqlmodel import col, update

from src.commands.__main__ import found
from src.core.blocking import blocking
from src.core.errors import BusyError, DomainError, NotFoundError, UnusableDatabaseError
from src.core.remedies import for_operators
from src.models.base import utc_now
from src.models.idempotency import IdempotentAnswer
from src.services.idempotency import IdempotencyService
from src.services.purging import BATCH
from tests.commands import run_command
from tests.databases import environment_of


@pytest.fixture
def answers(empty_url: URL) -> None:
    """Store a new answer, and one that is two days old."""
    command.upgrade(Config("alembic.ini"), "head")
    with blocking(IdempotencyService) as service:
        service.claim("new", "fingerprint")
        service.claim("old", "fingerprint")
    with create_engine(empty_url, poolclass=NullPool).begin() as connection:
        old = update(IdempotentAnswer).where(col(IdempotentAnswer.digest) == "old")
        connection.execute(old.values(created_at=utc_now() - timedelta(days=2)))


@pytest.mark.usefixtures("answers")
@pytest.mark.parametrize(("arguments", "purged"), [([], 1), (["--hours", "72"], 0)])
def test_purge_deletes_old_answers(
    capsys: pytest.CaptureFixture[str], arguments: list[str], purged: int
) -> None:
    run_command("purge-answers", *arguments)

    assert capsys.readouterr().out.startswith(f"Purged {purged} answers")


@pytest.mark.usefixtures("answers")
def test_purge_goes_in_batches_and_tells_how_far_it_is(
    capsys: pytest.CaptureFixture[str], empty_url: URL
) -> None:
    many = text(
        """
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)
        INSERT INTO idempotent_answers (digest, fingerprint, created_at, status, headers, body)
        SELECT 'many ' || n, '', created_at, status, headers, body
        FROM idempotent_answers, numbers WHERE digest = 'old'
        """
    )
    with create_engine(empty_url, poolclass=NullPool).begin() as connection:
        connection.execute(many, {"last": 2 * BATCH})

    run_command("purge-answers")

    told = capsys.readouterr()
    assert told.err.splitlines() == [
        f"{count} answers older than 24 hours so far ..." for count in (BATCH, 2 * BATCH)
    ]
    assert told.out == f"Purged {2 * BATCH + 1} answers older than 24 hours.\n"


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    run_command("--help")

    assert "purge-answers" in capsys.readouterr().out


@pytest.mark.usefixtures("empty_url")
def test_missing_table_is_reported_in_one_line() -> None:
    with pytest.raises(SystemExit, match=r"^[^\n]*idempotent_answers[^\n]*$"):
        run_command("purge-answers")


def arguments_of(command: click.Command) -> Iterator[str]:
    """Yield what a command has to be given."""
    for each in command.params:
        if each.required:
            written = str(uuid4()) if each.type is click.UUID else "ada@example.com"
            yield from (written,) if isinstance(each, click.Argument) else (each.opts[0], written)


@pytest.fixture(params=found().commands)
def command_line(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return each command with its arguments."""
    monkeypatch.setattr("sys.stdin", StringIO("correct horse\n"))
    return [request.param, *arguments_of(found().commands[request.param])]


def test_unreachable_database_is_reported_in_one_line(command_line: list[str]) -> None:
    told = r"^The database cannot be used: [^\n]*\. To mend it, start the server[^\n]*$"
    url = make_url("postgresql://127.0.0.1:1/none")  # SQLite's driver would leave a thread behind
    with environment_of(url), pytest.raises(SystemExit, match=told):
        run_command(*command_line)


@pytest.mark.usefixtures("empty_url")
def test_settings_with_which_the_service_would_not_start_are_refused(
    command_line: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")

    with pytest.raises(SystemExit, match="The settings are not safe:\n  LOG_LEVEL=DEBUG"):
        run_command(*command_line)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (BusyError(), "The database is busy: repeat the command."),
        (NotFoundError("There is no such user."), "There is no such user."),
        (UnusableDatabaseError("The encoding is not UTF8."), "The encoding is not UTF8."),
    ],
)
def test_operators_have_no_request_to_repeat(error: DomainError, told: str) -> None:
    assert for_operators(error, make_url("sqlite://")) == told
