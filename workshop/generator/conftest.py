"""Trees for the generator to work in: copies, never the one at work."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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
