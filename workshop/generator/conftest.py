"""Trees for the generator to work in: copies, never the one at work."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event

from scaffold.apply import run
from scaffold.commands import app
from workshop.generator.trees import copy_tree


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the tree, in which the commands work."""
    copy = copy_tree(tmp_path / "tree")
    monkeypatch.chdir(copy)
    return copy


@pytest.fixture
def unproven(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the gates, which take most of the time."""
    monkeypatch.setattr(run, "prove", lambda *_: {})


class Result:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


type Scaffold = Callable[..., Result]


@pytest.fixture
def scaffold(
    root: Path,
    unproven: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Scaffold:
    """The commands in a copy of the tree, without their gates."""

    def call(*arguments: str) -> Result:
        monkeypatch.setattr(sys, "argv", ["scaffold", *arguments])
        with pytest.raises(SystemExit) as end:
            app.main()
        code = end.value.code
        assert isinstance(code, int)
        return Result(code, *capsys.readouterr())

    return call


@pytest.fixture
def engine(empty_url: URL) -> Engine:
    engine = create_engine(empty_url, poolclass=NullPool)
    if engine.name == "sqlite":
        engine = create_engine(
            empty_url.set(drivername="sqlite"),
            poolclass=NullPool,
            connect_args={"isolation_level": None},
        )
        event.listen(engine, "begin", lambda it: it.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection
