"""What a command changes: the new text of each file, or None if the file goes."""

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
        before = tree.read(path) if tree.has(path) else None
        if before == text:
            continue
        kind = "new" if before is None else "deleted" if text is None else "changed"
        yield Change(kind, path, before or "", text or "")


def carry_out(tree: Tree, plan: Plan) -> None:
    for path, text in plan.items():
        if text is None:
            tree.delete(path)
        else:
            tree.write(path, text)
