"""A database that cannot be used at the start: one line with the driver's words and a remedy."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, NullPool, create_engine, make_url
from sqlalchemy.exc import DBAPIError

from src import serve
from src.core.remedies import in_one_line
from tests.databases import environment_of, temporary_database


def refusal(url: URL) -> str:
    with environment_of(url), pytest.raises(SystemExit) as stop:
        serve.main()
    message = str(stop.value)
    assert message.startswith("The database cannot be used: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("path", "words", "remedy"),
    [
        ("none/service.db", "unable to open database file", "whose folder exists"),
        ("file/service.db", "unable to open database file", "whose folder exists"),
        ("folder", "unable to open database file", "whose folder exists"),
        ("file", "file is not a database", "name another file"),
    ],
)
def test_file_that_cannot_be_used(tmp_path: Path, path: str, words: str, remedy: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"no database " * 100)

    message = refusal(make_url(f"sqlite:///{tmp_path}/{path}"))

    assert words in message
    assert remedy in message


def test_server_that_is_not_there() -> None:
    with socket.socket() as closed:  # bound, but not listening
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        message = refusal(make_url(f"postgresql://ada:planted@127.0.0.1:{port}/db"))

    assert "Connection refused" in message
    assert "start the server, or correct host, port, user and password" in message
    assert "planted" not in message


def test_host_that_is_unknown() -> None:
    message = refusal(make_url("postgresql://ada:planted@host.invalid/db"))

    assert "host.invalid" in message
    assert "correct host" in message
    assert "planted" not in message


@pytest.fixture
def server(postgres: URL | None) -> URL:
    if postgres is None:
        pytest.skip("SQLite has no server.")
    return postgres


def test_database_that_is_missing(server: URL) -> None:
    message = refusal(server.set(database="nothing_here"))

    assert 'database "nothing_here" does not exist' in message
    assert message.endswith("run: createdb nothing_here.")


def test_user_that_is_unknown(server: URL) -> None:
    assert "correct host, port, user" in refusal(server.set(username="nobody_here"))


@pytest.mark.parametrize(
    ("refused", "remedy"),
    [
        ("LOCK TABLE pg_catalog.pg_type", "repeat it when no other session holds the table"),
        ("SELECT 1 / 0", "look up 22012: https://www.postgresql.org/docs/"),
    ],
)
def test_statement_that_a_server_refuses(server: URL, refused: str, remedy: str) -> None:
    holder, other = (create_engine(server, poolclass=NullPool).connect() for _ in range(2))
    with holder, other:
        holder.exec_driver_sql("LOCK TABLE pg_catalog.pg_type IN ACCESS SHARE MODE")
        other.exec_driver_sql("SET lock_timeout = 1")
        with pytest.raises(DBAPIError) as error:
            other.exec_driver_sql(refused)

    assert remedy in in_one_line(error.value, server)


@pytest.fixture
def guest(server: URL) -> Iterator[URL]:
    """Return a database in which this user may create nothing."""
    with temporary_database(server) as url:
        admin = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with admin.connect() as connection:
            connection.exec_driver_sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
            connection.exec_driver_sql("CREATE USER guest PASSWORD 'right'")
        yield url.set(username="guest", password="right")  # noqa: S106
        with admin.connect() as connection:
            connection.exec_driver_sql("DROP ROLE guest")


def test_user_without_the_right_to_create(guest: URL) -> None:
    message = refusal(guest)

    assert "permission denied for schema public" in message
    assert 'GRANT CREATE ON SCHEMA public TO "guest"' in message
