"""README and docs/: every page is linked, and every link leads to a file."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scaffold.spec.parts import load_capabilities

README, BLANK = "README.md", "scaffold/blank/README.md"
PAGES = {path.as_posix() for path in Path("docs").glob("*.md")}
RECORDS = load_capabilities(Path()).values()
# Pages that a tree may lack: those of its parts and of the examples.
OPTIONAL = {
    "docs/example.md",
    "docs/partitions.md",
    *(path for each in RECORDS for path in each.all_files if path.startswith("docs/")),
}


def text_of(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def links_of(path: str) -> Iterator[tuple[str, str]]:
    """Yield the path and the anchor of each link to a file; `BLANK` is read as a README."""
    folder = Path() if path == BLANK else Path(path).parent
    for target in re.findall(r"\]\((?!https?:)(\S+?)\)", text_of(path)):
        name, _, anchor = target.partition("#")
        yield (folder / name).as_posix() if name else path, anchor


def linked_from(path: str) -> set[str]:
    return {name for name, _ in links_of(path)}


def anchors_of(path: str) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", text_of(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("path", sorted({README, BLANK} | PAGES))
def test_links_lead_to_files_and_headings(path: str) -> None:
    for name, anchor in links_of(path):
        assert Path(name).exists(), name
        assert not anchor or anchor in anchors_of(name), f"{name}#{anchor}"


def test_readme_links_to_every_page() -> None:
    assert "docs" in linked_from(README) or linked_from(README) >= PAGES


def test_readme_of_a_blank_tree_links_to_the_pages_that_every_tree_has() -> None:
    assert linked_from(BLANK) >= PAGES - OPTIONAL
    assert not linked_from(BLANK) & OPTIONAL


@pytest.mark.parametrize("path", [README, BLANK])
def test_readme_is_short(path: str) -> None:
    lines = text_of(path).splitlines()

    assert len(lines) <= 130
    assert not [line for line in lines if len(line) > 120]
