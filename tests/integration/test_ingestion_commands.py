"""What a person types to read a stream."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from click import BadParameter
from click.testing import CliRunner, Result
from sqlalchemy import URL, create_engine, text
from sqlmodel import SQLModel

from src.ingestion import __main__ as main
from src.ingestion import options
from src.ingestion.settings import IngestionSettings
from src.services.developer import DEVELOPER
from tests.ingestion import THINGS, lines
from tests.things import Thing


@pytest.fixture(autouse=True)
def only_things(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "found", lambda: {"things": THINGS})
    monkeypatch.setattr(main, "configure_logging", lambda _: None)  # the suite's own stays


@pytest.fixture
def url(empty_url: URL, monkeypatch: pytest.MonkeyPatch) -> URL:
    monkeypatch.setenv("TOKEN_REQUIRED", "false")
    engine = create_engine(sync(empty_url))
    for metadata in (SQLModel.metadata, Thing.metadata):
        metadata.create_all(engine)  # takes less time than the migrations
    engine.dispose()
    return empty_url


def sync(url: URL) -> URL:
    return url.set(drivername=url.drivername.removesuffix("+aiosqlite"))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main.commands, arguments)


def ask(url: URL, statement: str) -> list[tuple[Any, ...]]:
    engine = create_engine(sync(url))
    with engine.connect() as connection:
        rows = [tuple(each) for each in connection.execute(text(statement))]
    engine.dispose()
    return rows


POSITIONS = "SELECT consumer, source, partition, position FROM stream_positions"


def test_file_is_read_by_one_command(url: URL, tmp_path: Path) -> None:
    path = tmp_path / "things.ndjson"
    path.write_bytes(lines(3))

    done = [run("file", str(path)), run("file", str(path), "--consumer", "other", "--name", "x")]

    assert [each.exit_code for each in done] == [0, 0], done
    assert ask(url, "SELECT count(*) FROM things") == [(3,)]
    size = str(path.stat().st_size)
    assert sorted(ask(url, POSITIONS)) == [
        ("other", "x", "0", size),
        ("things", str(path.resolve()), "0", size),
    ]


def test_pipe_with_a_path_is_read_from_its_beginning(url: URL, tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    done = []
    for begin in (0, 3):
        with ThreadPoolExecutor(1) as threads:
            threads.submit(path.write_bytes, lines(3, begin))
            done.append(run("file", str(path)).exit_code)

    assert done == [0, 0]
    assert ask(url, "SELECT count(*) FROM things") == [(6,)]
    assert ask(url, POSITIONS) == []


def test_shorter_file_is_told(url: URL, tmp_path: Path) -> None:
    path = tmp_path / "things.ndjson"
    path.write_bytes(lines(3))
    run("file", str(path))
    path.write_bytes(lines(1))

    refused = run("file", str(path))

    assert refused.exit_code == 1
    assert "give this one another --name" in str(refused.exception)


def test_wrong_token_is_told_without_it(
    url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "things.ndjson"
    path.write_bytes(lines(1))
    monkeypatch.setenv("INGESTION_TOKEN", "svc_planted")

    refused = run("file", str(path))

    assert refused.exit_code == 1
    assert "svc_planted" not in f"{refused.exception}{refused.output}"
    assert ask(url, "SELECT count(*) FROM things") == [(0,)]


def test_production_needs_a_token(
    url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN_REQUIRED", "true")
    path = tmp_path / "things.ndjson"
    path.write_bytes(lines(1))

    refused = run("file", str(path))

    assert (refused.exit_code, str(refused.exception)) == (
        1,
        "Set INGESTION_TOKEN to the token of a user, with the scope write.",
    )
    assert IngestionSettings.model_fields["ingestion_token"].default is None


WRONG = {
    ("file", "missing.ndjson"): "does not exist",
    ("file", "-", "--name", "x" * 251): "'--name': has over 250 characters",
    ("file", "-", "--name", "\udcff"): "'--name': is no text of UTF-8",
    ("file", "-", "--consumer", "x" * 101): "'--consumer': has over 100 characters",
    ("kafka", "--topic", "x" * 251): "'--topic': has over 250 characters",
    ("kinesis", "--stream", "\udcff"): "'--stream': is no text of UTF-8",
    ("file", "-", "--sink", "others"): "There is things.",
    ("kafka",): "Missing option '--topic'",
    ("kinesis",): "Missing option '--stream'",
}


@pytest.mark.parametrize("arguments", WRONG)
def test_mistake_is_named(arguments: tuple[str, ...]) -> None:
    refused = run(*arguments)

    assert refused.exit_code == 2
    assert WRONG[arguments] in refused.output


def test_path_that_can_be_no_name_is_told(tmp_path: Path) -> None:
    path = tmp_path / "\udcff"
    path.write_bytes(lines(1))

    refused = run("file", str(path))

    assert refused.exit_code == 2
    assert "is no text of UTF-8: give --name" in refused.output


def test_service_without_sinks_says_how_to_write_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "found", dict)

    assert "python -m scaffold ingest" in run("file", "-").output


@pytest.mark.parametrize(("text", "share"), [("1/1", (1, 1)), ("2/3", (2, 3)), ("10/10", (10, 10))])
def test_share_is_read(text: str, share: tuple[int, int]) -> None:
    assert options.share_in(text) == share


@pytest.mark.parametrize("text", ["", "0/3", "4/3", "1", "1/", "a/b", "1/3/3", "-1/3", "1/99999"])
def test_wrong_share_is_refused(text: str) -> None:
    with pytest.raises(BadParameter):
        options.share_in(text)


def test_options_of_kafka_are_read_from_a_file() -> None:
    text = ["# mine", "", "sasl.username = me", "sasl.password=a=b", "ssl.ca.location="]

    assert options.options_in(text) == {
        "sasl.username": "me",
        "sasl.password": "a=b",
        "ssl.ca.location": "",
    }


def test_missing_package_is_named() -> None:
    assert find_spec("no_such_package") is None

    with pytest.raises(SystemExit, match=r"no_such_package: see docs/ingestion\.md"):
        options.need("no_such_package")
    options.need(sys.__name__)


def test_development_user_owns_what_comes_without_a_token(url: URL, tmp_path: Path) -> None:
    path = tmp_path / "things.ndjson"
    path.write_bytes(b"{\n")

    assert run("file", str(path)).exit_code == 0

    ((owner,),) = ask(url, "SELECT owner_id FROM dead_letters")
    assert str(owner).replace("-", "") == DEVELOPER.hex
