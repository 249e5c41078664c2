"""Places where a feature's files speak of something."""

import re
from collections.abc import Iterator
from pathlib import Path

from scaffold.spec.feature import Feature


def mentions(root: Path, feature: Feature, word: str) -> Iterator[str]:
    """Yield path and line of the word, in code that is generated or listed as made by hand."""
    pattern = re.compile(rf"\b{re.escape(word)}\b")
    paths = (root / each for each in {**feature.code_paths, **dict.fromkeys(feature.files)})
    for path in paths:
        if path.suffix == ".py" and path.is_file():
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            found = (number for number, line in enumerate(lines, 1) if pattern.search(line))
            yield from (f"{path.relative_to(root)}:{number}" for number in found)
