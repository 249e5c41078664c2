"""Databases of a run's own, with all tables, and rows to fill them with."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from tempfile import TemporaryDirectory
from uuid import UUID

from sqlalchemy import URL, create_engine, make_url, text
from sqlmodel import Session

from src.models.token import Token
from src.models.user import User
from src.services.token import digest_of
from tests.databases import build, postgres_server, temporary_database
from workshop.benchmarks.owned_things import OwnedThing

type NewDatabase = Callable[[], AbstractContextManager[URL]]

TOKEN = "svc_of-the-benchmark"  # noqa: S105  # of no use elsewhere
_COLUMNS = "id, version, created_at, updated_at, name, description, settings"
# Ids grow with the number, names do not: 1,000,003 is a prime, so they are scattered and differ.
_FILL = {
    "postgresql": [
        """
        INSERT INTO things (id, version, created_at, updated_at, name, description, settings)
        SELECT CAST(lpad(to_hex(n), 12, '0') || '70008000000000000000' AS uuid), 1, now(), now(),
               'Row ' || lpad(CAST(n * 611953 % 1000003 AS text), 7, '0'),
               'Churn of our customers, by month and region', '{"stage": "train", "seed": 7}'
        FROM generate_series(CAST(1 AS bigint), :rows) AS n
        """,
        "VACUUM ANALYZE things",  # as autovacuum would, a little later
    ],
    "sqlite": [
        """
        WITH RECURSIVE numbers(n) AS (
            VALUES(1) UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows
        )
        INSERT INTO things (id, version, created_at, updated_at, name, description, settings)
        SELECT printf('%012x', n) || '70008000000000000000', 1,
               strftime('%Y-%m-%d %H:%M:%S.000000'), strftime('%Y-%m-%d %H:%M:%S.000000'),
               printf('Row %07d', n * 611953 % 1000003),
               'Churn of our customers, by month and region', '{"stage": "train", "seed": 7}'
        FROM numbers
        """
    ],
}


def fill(url: URL, rows: int) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in _FILL[url.get_backend_name()]:
            connection.execute(text(statement), {"rows": rows})
    engine.dispose()


def fill_owned(url: URL) -> None:
    """Give the things' values to owned things of a user, whose token is `TOKEN`."""
    engine = create_engine(url)
    OwnedThing.metadata.tables["owned_things"].create(engine)
    with Session(engine) as session:
        user = User(email="benchmark@example.com", name="Benchmark")
        session.add(user)
        session.flush()
        digest = digest_of(TOKEN)
        session.add(Token(name="it", scopes=["read", "write"], owner_id=user.id, digest=digest))
        session.flush()
        values = ", ".join(f"things.{column}" for column in _COLUMNS.split(", "))
        session.connection().execute(
            text(
                f"INSERT INTO owned_things (owner_id, {_COLUMNS}) "  # noqa: S608  # names from above
                f"SELECT users.id, {values} FROM things, users"
            )
        )
        session.commit()
    engine.dispose()


def version_of(new_database: NewDatabase) -> str:
    with new_database() as url:
        engine = create_engine(url)
        engine.connect().close()
        return ".".join(map(str, engine.dialect.server_version_info or ()))


def filled_ids(rows: int) -> Sequence[str]:
    return [str(UUID(f"{number:012x}70008000000000000000")) for number in range(1, rows + 1)]


@contextmanager
def postgresql() -> Iterator[NewDatabase]:
    with postgres_server() as server:
        yield partial(_built, partial(temporary_database, server))


@contextmanager
def sqlite() -> Iterator[NewDatabase]:
    yield partial(_built, _temporary_file)


@contextmanager
def _temporary_file() -> Iterator[URL]:
    with TemporaryDirectory(prefix="benchmark-") as folder:
        yield make_url(f"sqlite:///{folder}/benchmark.db")


@contextmanager
def _built(new_database: NewDatabase) -> Iterator[URL]:
    with new_database() as url:
        build(url)
        yield url


DATABASES = {"PostgreSQL": postgresql, "SQLite": sqlite}
