"""The changes of a command: the new text of each file, or None for a file to delete."""

from collections.abc import Iterator
from difflib import unified_diff
from typing import NamedTuple

from scaffold.apply.tree import Tree

type Plan = dict[str, str | None]


class Change(NamedTuple):
    kind: str
    path: str
    before: str
    after: str

    @property
    def diff(self) -> str:
        before, after = self.before.splitlines(), self.after.splitlines()
        return "\n".join(unified_diff(before, after, self.path, self.path, n=2, lineterm=""))


def changes_of(tree: Tree, plan: Plan) -> Iterator[Change]:
    for path, text in plan.items():
        if text is None:  # perhaps of an image, which cannot be read
            yield Change("deleted", path, "", "")
        elif not tree.has(path):
            yield Change("new", path, "", text)
        elif (before := tree.read(path)) != text:
            yield Change("changed", path, before, text)


def carry_out(tree: Tree, plan: Plan) -> None:
    for path, text in plan.items():
        if text is None:
            tree.delete(path)
        else:
            tree.write(path, text)
