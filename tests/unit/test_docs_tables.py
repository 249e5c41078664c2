from pathlib import Path

import pytest

from scaffold.docs import pages, write_tables
from scaffold.errors import RefusedError

HERE = Path()


@pytest.mark.parametrize("path", pages(HERE))
def test_tables_match_the_code(path: str) -> None:
    assert (HERE / path).read_text(encoding="utf-8") == pages(HERE)[path], (
        "run: python -m scaffold docs"
    )


def test_every_row_of_a_table_has_a_meaning() -> None:
    assert not [path for path, text in pages(HERE).items() if "|  |" in text]


def copied(folder: Path) -> Path:
    for path in [*pages(HERE), "Makefile"]:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text((HERE / path).read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def test_stale_rows_are_replaced_and_the_rest_of_the_page_stays(tmp_path: Path) -> None:
    page = copied(tmp_path) / "docs/configuration.md"
    current = page.read_text(encoding="utf-8")
    page.write_text(current.replace("| `LOG_LEVEL` |", "| `NOISE` |"), encoding="utf-8")

    assert write_tables(tmp_path) == ["docs/configuration.md"]
    assert page.read_text(encoding="utf-8") == current
    assert write_tables(tmp_path) == []


def test_page_that_lost_its_table_is_named(tmp_path: Path) -> None:
    (copied(tmp_path) / "README.md").write_text("# Service\n", encoding="utf-8")

    with pytest.raises(RefusedError, match="README.md: put back the table"):
        write_tables(tmp_path)
