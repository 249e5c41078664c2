"""Each setting with an absurd value works, or ends the start in a sentence that names it."""

import os
import types
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest

from src.api.capability import settings_with
from src.capabilities import CAPABILITIES
from src.core.safety import refuse_hazards
from src.core.settings import read_settings

Joined = settings_with(CAPABILITIES)
LONG = "x" * 5000
ABSURD = [
    *(LONG, "/" + LONG, f"{LONG}.example.com", f"https://{LONG}", "9" * 5000, "-1", "-0", "nan"),
    *(
        "inf",
        "1e999",
        "~/x",
        "~",
        "/",
        "//",
        "..",
        ".",
        ",",
        ";",
        "é",
        "\u202e",
        "null",
        "[]",
        "{}",
    ),
    *("[::::]", "*.*", "http://h:99999/", "http://h:0", "https://a:99999", "$HOME", "%zz", "0x10"),
    *("/dev/null/x", "s3://", "s3:///x", "file:///x", "sqlite:////no/such/folder/a.db"),
    *(f"sqlite:///{LONG}", "sqlite:///~/a.db", f"postgresql://{LONG}/d", "postgresql://a..b/d"),
    *("postgresql://localhost:99999/d", f"postgresql:///d?host=/{LONG}", f"postgresql://h/{LONG}"),
]


def kinds_of(name: str) -> set[object]:
    annotation = Joined.model_fields[name].annotation
    is_union = get_origin(annotation) is types.UnionType
    return {*get_args(annotation)} if is_union else {annotation}


def never_right(name: str) -> list[str]:
    kinds = kinds_of(name)
    if bool in kinds:
        return ["maybe", "2", "nan"]
    if kinds & {int, float}:
        return ["-1", "nan", "inf", "-inf", "1e999", "9" * 5000, "0x10", "1,5", "5 s"]
    return [LONG, "absurd"] if any(get_origin(kind) is Literal for kind in kinds) else []


@pytest.fixture(autouse=True)
def production(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Work in an empty folder, with no setting but a database that could be there."""
    monkeypatch.chdir(tmp_path)
    for each in Joined.model_fields:
        monkeypatch.delenv(each.upper(), raising=False)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///a.db")


def told(**written: str) -> list[str]:
    """Return what a start tells about these settings."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in written.items():
            patch.setenv(name.upper(), os.fsdecode(value.encode()))  # in any locale
        try:
            refuse_hazards(read_settings(Joined))
        except SystemExit as stop:
            lines = [each.strip() for each in str(stop.code).splitlines()]
            return [each for each in lines if each.startswith(tuple(map(str.upper, written)))]
    return []


@pytest.mark.parametrize("written", ABSURD)
def test_absurd_value_is_told_in_one_line(written: str) -> None:
    names = {*Joined.model_fields}
    invalid = told(**dict.fromkeys(names, written))
    valid = names - {each.partition(":")[0].lower() for each in invalid}

    for line in invalid + told(**dict.fromkeys(valid, written)):
        assert len(line) < 400
        assert len(written) < 6 or written not in line


@pytest.mark.parametrize("name", Joined.model_fields)
def test_other_types_are_refused(name: str) -> None:
    """What else can never work is in `test_spellings`, and in the tests of hazards."""
    for written in never_right(name):
        assert told(**{name: written}), written[:50]
