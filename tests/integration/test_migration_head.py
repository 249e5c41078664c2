"""The newest revisions, read from files in every spelling that Alembic understands."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from src.core import migrations

SPELLINGS = {
    "double quotes": 'revision = "b"\ndown_revision = "a"',
    "single quotes": "revision = 'b'\ndown_revision = 'a'",
    "annotations": "revision: str = 'b'\ndown_revision: str | None = \"a\"",
    "parentheses": "revision = (\n    'b'\n)\ndown_revision = ('a')",
    "tuple": "revision = 'b'\ndown_revision = ('a',)",
    "list": "revision = 'b'\ndown_revision = ['a']",
    "comments": "# revision = 'x'\nrevision = 'b'  # not 'a'\ndown_revision = 'a'  # \"c\"",
    "text in a docstring": '"""revision = \'x\'\n\nrevision = "y"\n"""\nrevision = "b"\ndown_revision = "a"',
    "parts": "revision = 'b' ''\ndown_revision = 'a'",
    "spaces": "revision='b'\ndown_revision   =   'a'",
    "no predecessor": "revision = 'b'\ndown_revision = None",
    "one line": "revision = 'b'; down_revision = 'a'",
    "two targets": "revision, down_revision = 'b', 'a'",
    "expression": "revision = 'B'.lower()\ndown_revision = 'a'",
    "assigned again": "revision = 'x'\nrevision = 'b'\ndown_revision = 'a'",
    "in a block": "if True:\n    revision = 'b'\ndown_revision = 'a'",
    "imported": "from string import digits as revision\ndown_revision = 'a'",
    "other letters": "# Größe\nrevision = 'b'\ndown_revision = 'a'",
    "other line ends": "revision = 'b'\r\ndown_revision = 'a'\r\n",
}


@pytest.fixture
def versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that is taken for the service's own, by Alembic, too."""
    folder = tmp_path / "versions"
    folder.mkdir()
    monkeypatch.setattr(migrations, "VERSIONS", folder)
    here = ScriptDirectory(str(tmp_path))
    monkeypatch.setattr(ScriptDirectory, "from_config", lambda _: here)
    return folder


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_heads_are_those_of_alembic(versions: Path, spelling: str) -> None:
    (versions / "1_first.py").write_text("revision = 'a'\ndown_revision = None\n", "utf-8")
    (versions / "2_second.py").write_text(SPELLINGS[spelling], "utf-8")
    (versions / ".#2_second.py").write_text("revision = 'z'\ndown_revision = None\n", "utf-8")

    assert migrations.heads() == set(ScriptDirectory(str(versions.parent)).get_heads())


def test_heads_of_branches_and_of_their_merge(versions: Path) -> None:
    for n, (revision, down) in enumerate({"a": None, "b": "a", "c": "a"}.items()):
        text = f"revision = {revision!r}\ndown_revision = {down!r}\n"
        (versions / f"{n}.py").write_text(text, "utf-8")
    assert migrations.heads() == {"b", "c"}

    (versions / "4.py").write_text("revision = 'd'\ndown_revision = ('b', 'c')\n", "utf-8")
    assert migrations.heads() == {"d"}


def test_heads_of_the_service_are_those_of_alembic() -> None:
    assert migrations.heads() == set(ScriptDirectory("alembic").get_heads())
