"""From a template and a tree to the merged tree, proven and taken over."""

import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from shutil import copymode, copytree, ignore_patterns, rmtree
from tempfile import TemporaryDirectory
from typing import NamedTuple

from scaffold.apply import report
from scaffold.apply.gates import Gate, all_gates, lock_gate, prove
from scaffold.apply.plan import Change
from scaffold.apply.run import Mode
from scaffold.apply.tree import Tree, changing
from scaffold.edit.git import conflicts_in, git, stage
from scaffold.errors import RefusedError
from scaffold.migrate.history import head_of
from scaffold.update.merge import LOCKS, Merge, merged
from scaffold.update.migrations import complete, fit
from scaffold.update.repository import RECORD, Repository
from scaffold.update.shape import VERSIONS


class Update(NamedTuple):
    changes: Sequence[Change]
    conflicts: Sequence[str]
    commit: str


def update_tree(
    template: Path, root: Path, parts: Collection[str], mode: Mode, *, checks: bool
) -> Update:
    """Bring the tree to the template's commit; it changes last, and only if the checks pass."""
    with TemporaryDirectory() as folder, changing(root) as tree:
        if git(root, "status", "--porcelain", "--", "."):
            raise RefusedError("Commit your changes first, or put them aside with: git stash -u")
        with report.step("merge"):
            repository = Repository(Path(folder), template.resolve(), root)
            merge = merged(repository, root, parts)
        conflicts = sorted(conflicts_in(merge.root))
        python = sys.executable if conflicts else python_for(template, merge)
        with report.step("migrations"):
            bring(merge, head_of(root))
            if not conflicts:
                complete(merge.root, python)
        changes = list(changes_from(root, merge.root))
        if [each.path for each in changes] == [RECORD] and merge.is_newest:
            changes = []
        if not mode.dry_run:
            gates = all_gates(postgres=mode.postgres) if checks and not conflicts else []
            prove(merge.root, [run_by(python, each) for each in gates])
            take_over(tree, merge.root, changes)
            stage(root, [each.path for each in changes if each.path not in conflicts])
    return Update(changes, conflicts, repository.template)


def python_for(template: Path, merge: Merge) -> str:
    """Return a Python with the packages of the merged tree, of which it may have its own."""
    if merge.has_own_packages:
        prove(merge.root, [lock_gate()])
    return installed(merge.root, template)


def installed(root: Path, here: Path) -> str:
    """Return this Python if its packages, those locked here, will do for the tree, else its own."""
    if locked_in(root) <= locked_in(here):
        return sys.executable
    prove(root, [Gate("packages", ["make", "--silent", ".venv/.development"])])
    return str(root.resolve() / ".venv/bin/python")


def locked_in(root: Path) -> set[str]:
    lock = root / LOCKS[-1]
    return {*lock.read_text(encoding="utf-8").splitlines()} if lock.exists() else set()


def run_by(python: str, gate: Gate) -> Gate:
    return Gate(gate.name, [python if each == sys.executable else each for each in gate.command])


def bring(merge: Merge, head: str | None) -> None:
    """Fit in the template's migrations, by its own models: those of the tree may have conflicts."""
    ours, theirs = (each / VERSIONS for each in (merge.root, merge.theirs))
    if merge.brought:
        replace_folder(theirs, ours)
        fit(merge.theirs, merge.brought, head)
        replace_folder(ours, theirs)


def replace_folder(folder: Path, by: Path) -> None:
    rmtree(folder, ignore_errors=True)
    copytree(by, folder, ignore=ignore_patterns("__pycache__"))


def changes_from(root: Path, merged: Path) -> Iterator[Change]:
    git(merged, "add", "--all")
    kinds = {"A": "new", "D": "deleted"}
    listed = git(merged, "diff", "--cached", "--name-status", "--no-renames", "-z", "HEAD")
    words = iter(listed.split("\0")[:-1])
    for status, path in zip(words, words, strict=True):
        kind = kinds.get(status, "changed")
        before, after = (
            "" if kind != "changed" else text_of(each / path) for each in (root, merged)
        )
        yield Change(kind, path, before, after)


def text_of(path: Path) -> str:
    return path.read_bytes().decode(errors="replace")


def take_over(tree: Tree, merged: Path, changes: Sequence[Change]) -> None:
    for change in changes:
        if change.kind == "deleted":
            tree.delete(change.path)
        else:
            content = (merged / change.path).read_bytes()  # perhaps of an image
            tree.write(change.path, content.decode(errors="surrogateescape"))
            copymode(merged / change.path, tree.root / change.path)
