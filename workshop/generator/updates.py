"""Update trees from the template's commits to its HEAD, and print the files with conflicts.

python -m workshop.generator.updates [--every N] [SITUATION ...]
"""

import re
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from scaffold.update.repository import ROOMS
from workshop.generator.situations import PRINT, SITUATIONS, make
from workshop.generator.test_merge import commit, git

JOBS = "scaffold/spec/job.py"
"""Without it, a commit has no command for jobs."""


def commits(every: int) -> Sequence[str]:
    """Return those on the main line that have records of capabilities, from the newest."""
    found = git(Path(), "rev-list", "--first-parent", "HEAD").split()
    return [each for each in found if git(Path(), "ls-tree", each, ROOMS)][::every]


def conflicts(base: str, situation: str) -> Sequence[str]:
    with TemporaryDirectory() as folder:
        template, tree = Path(folder, "template"), Path(folder, "tree")
        for each, at in ((template, "HEAD"), (tree, base)):
            git(Path(), "clone", "--quiet", ".", str(each))
            git(each, "checkout", "--quiet", "--detach", git(Path(), "rev-parse", at).strip())
        make(tree, SITUATIONS[situation])
        commit(tree, "mine")
        command = [sys.executable, "-m", "scaffold", "update", str(tree), "--no-checks"]
        run = subprocess.run(
            command, cwd=template, capture_output=True, encoding="utf-8", check=False
        )
        files = re.findall(r"^  (\S+)$", run.stderr, re.MULTILINE)
        return files if files or not run.returncode else [run.stderr.strip().splitlines()[-1]]


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("--every", type=int, default=1, help="Take each n-th commit.")
    parser.add_argument("situations", nargs="*")
    options = parser.parse_args()
    for base in commits(options.every):
        for situation in options.situations or SITUATIONS:
            if PRINT in SITUATIONS[situation] and not git(Path(), "ls-tree", base, JOBS):
                continue
            files = conflicts(base, situation)
            print(f"{base[:7]}  {situation:14} {len(files)}  {' '.join(files)}", flush=True)


if __name__ == "__main__":
    main()
