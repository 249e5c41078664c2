"""Records of features list files that are there."""

from pathlib import Path

import pytest

from scaffold.spec.records import FOLDER, read_toml


@pytest.mark.parametrize("record", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_listed_files_are_there(record: Path) -> None:
    listed = read_toml(record).get("by_hand", [])

    assert [path for path in listed if not Path(path).is_file()] == []
