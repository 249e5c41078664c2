"""A repository for the merge, in which the template and the tree meet, and neither changes."""

import tomllib
from contextlib import suppress
from pathlib import Path

from scaffold.edit.git import git
from scaffold.errors import RefusedError

RECORD = "scaffold/template.toml"
"""Of the template's commit that the tree has; without it, the history or the files tell."""
AUTHOR = ("-c", "user.name=scaffold", "-c", "user.email=scaffold@localhost")
ROOMS = "scaffold/spec/parts.py"
"""A file that the template has had since capabilities have records."""


class Repository:
    def __init__(self, folder: Path, template: Path, tree: Path) -> None:
        self.folder, self.git_folder = folder, folder / "git"
        git(folder, "clone", "--quiet", "--shared", "--no-checkout", str(template), "git")
        top = git(tree, "rev-parse", "--show-toplevel").strip()
        self("fetch", "--quiet", top, "HEAD:refs/tree")
        prefix = git(tree, "rev-parse", "--show-prefix").strip()
        self.template = self("rev-parse", "HEAD").strip()
        self.files = self("rev-parse", f"refs/tree:{prefix}").strip()

    def __call__(self, *arguments: str) -> str:
        return git(self.git_folder, *AUTHOR, *arguments)

    def base(self) -> str:
        """Return the commit of the template that the tree was made from."""
        commits = self("rev-list", self.template).split()
        try:
            text = self("show", f"{self.files}:{RECORD}")
        except RefusedError:
            base = self.common() or min(commits, key=self.distance)
        else:
            base = self.commit_in(text)
        if base not in commits:
            raise RefusedError(f"{RECORD}: the template has no commit {base}.")
        if not self("ls-tree", base, ROOMS):
            raise RefusedError(
                f"This tree is of {base[:7]}, older than any that update can read. Take this step "
                f"by hand: git merge {self.first()[:7]}, the first commit of the template that it can."
            )
        return base

    def commit_in(self, text: str) -> str:
        """Return the whole name of the commit that a person may have written."""
        try:
            name = str(tomllib.loads(text)["commit"])
        except (ValueError, KeyError) as error:
            fault = f'{RECORD} cannot be read: {error}. Write commit = "...", or delete the file.'
            raise RefusedError(fault) from None
        try:
            return self("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").strip()
        except RefusedError:
            return name

    def common(self) -> str | None:
        try:
            return self("merge-base", self.template, "refs/tree").strip()
        except RefusedError:  # two histories
            return None

    def distance(self, commit: str) -> int:
        """Return the number of the tree's files that the commit has otherwise, or not at all."""
        options = ("-r", "--no-renames", "--diff-filter=MA", "--name-only")
        return self("diff-tree", *options, commit, self.files).count("\n")

    def first(self) -> str:
        return self("log", "--diff-filter=A", "--format=%H", self.template, "--", ROOMS).split()[-1]

    def checkout(self, name: str, commit: str) -> Path:
        self("worktree", "add", "--quiet", "--detach", str(self.folder / name), commit)
        return self.folder / name

    def merge(self, base: Path, theirs: Path) -> Path:
        """Merge what changed from one folder to the other into the tree."""
        first = self.commit(self.files_of(base))
        ours = self.checkout("ours", self.commit(self.files, first))
        last = self.commit(self.files_of(theirs), first)
        with suppress(RefusedError):  # of conflicts
            options = ("-c", "merge.directoryRenames=false")
            git(ours, *AUTHOR, *options, "merge", "--quiet", "--no-commit", "--no-ff", last)
        git(ours, "rev-parse", "--verify", "MERGE_HEAD")  # which a merge that has begun leaves
        return ours

    def files_of(self, root: Path) -> str:
        git(root, "add", "--all")
        return git(root, "write-tree").strip()

    def commit(self, files: str, *parents: str) -> str:
        options = [word for each in parents for word in ("-p", each)]
        return self("commit-tree", files, *options, "-m", "update").strip()
