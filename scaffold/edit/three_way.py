"""Changes carried over into files that people have changed, too."""

import subprocess
from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path
from tempfile import TemporaryDirectory

from scaffold.apply.tree import Tree
from scaffold.errors import RefusedError


def carried_over(tree: Tree, old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Return the files that the generator writes differently now; a deleted file stays deleted."""
    differing = [path for path in new if new[path] != old[path] and tree.has(path)]
    return {path: carry_over(path, tree.read(path), old[path], new[path]) for path in differing}


def carry_over(path: str, current: str, old: str, new: str) -> str:
    with TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("current", "old", "new")]
        for file, text in zip(files, (current, old, new), strict=True):
            file.write_bytes(text.encode())
        command = ["git", "merge-file", "--stdout", "--quiet", *map(str, files)]
        merge = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    if merge.returncode == 0:
        return merge.stdout.decode()
    diff = unified_diff(old.splitlines(), new.splitlines(), path, path, n=2, lineterm="")
    raise RefusedError(
        f"{path}: a person has changed the same lines. Make this change by hand, then run the "
        "command again:\n\n" + "\n".join(diff)
    )
