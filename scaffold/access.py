"""Who may do what, taken out of the files that have more in them."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from scaffold.errors import RefusedError
from scaffold.tree import Tree

PATCH = Path(__file__).with_name("without_access.patch")
PART = re.compile(r"^diff --git a/(?P<path>\S+) .*\n(?:(?!diff --git ).*\n)+", re.MULTILINE)


def without_access(tree: Tree, blank: Mapping[str, str]) -> dict[str, str]:
    """The files that the patch changes, from what they are in a blank tree.

    What a person has deleted stays so.
    """
    parts = {part["path"]: part[0] for part in PART.finditer(PATCH.read_text())}
    before = {path: blank.get(path) or tree.read(path) for path in parts if tree.has(path)}
    after = {path: _patched(path, text, parts[path]) for path, text in before.items()}
    if changed := [path for path, text in after.items() if text is None]:
        raise RefusedError(
            f"Changed by hand where it speaks of who may do what: {', '.join(changed)}. Put back the "
            f"lines that scaffold/{PATCH.name} shows; what is left can be changed afterwards."
        )
    return {path: text for path, text in after.items() if text is not None}


def _patched(path: str, text: str, part: str) -> str | None:
    """None if it does not fit."""
    with TemporaryDirectory() as folder:
        file = Path(folder, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
        # Git would leave out all files if the folder were within somebody's repository.
        own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        own["GIT_CEILING_DIRECTORIES"] = str(Path(folder).parent)
        command = ["git", "apply", "-"]
        apply = subprocess.run(  # noqa: S603
            command, input=part.encode(), cwd=folder, env=own, capture_output=True, check=False
        )
        return file.read_bytes().decode() if apply.returncode == 0 else None
