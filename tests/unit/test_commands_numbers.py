"""Each number that a command or a program takes has bounds, which nothing passes."""

from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import click
import pytest

from src.models.base import utc_now

NUMBERS = ("int", "integer", "float")
ABSURD = ["nan", "-nan", "inf", "-inf", "-1", "-0.001", "1e400", "99999999999999", "9" * 5000, ""]


def parameters() -> Iterator[tuple[str, click.Parameter]]:
    for path in sorted(Path("src").rglob("*.py")):
        if "import click\n" in path.read_text(encoding="utf-8"):
            module = ".".join(path.with_suffix("").parts)
            for each in vars(import_module(module)).values():
                if isinstance(each, click.Command):
                    yield from ((f"{module} {each.name}", one) for one in each.params)


FOUND = {f"{where} {each.name}": each for where, each in parameters() if each.type.name != "text"}
NUMERIC = {name: each for name, each in FOUND.items() if each.type.name.startswith(NUMBERS)}


@pytest.mark.parametrize("name", NUMERIC)
@pytest.mark.parametrize("written", ABSURD)
def test_absurd_number_is_refused(name: str, written: str) -> None:
    each = NUMERIC[name]

    with pytest.raises(click.BadParameter):
        each.type.convert(written, each, None)


@pytest.mark.parametrize("name", [name for name in NUMERIC if name.endswith(("days", "hours"))])
def test_longest_age_is_a_date(name: str) -> None:
    most = NUMERIC[name].type.max  # type: ignore[attr-defined]  # a range, as shown above

    assert utc_now() - timedelta(**{name.rpartition(" ")[2]: most}) < utc_now()


def test_numbers_are_found() -> None:
    assert any(name.endswith("hours") for name in NUMERIC)
