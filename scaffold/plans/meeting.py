"""Features of two branches that meet: their files, made anew where the others change them."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from scaffold.apply.plan import Plan
from scaffold.apply.tree import Tree
from scaffold.edit.git import merged_commits, texts_at
from scaffold.edit.three_way import carried_over, merged_by_git
from scaffold.errors import refuse_first
from scaffold.migrate.meeting import met
from scaffold.plans.alter import differ
from scaffold.plans.files import files_of, without_migrations
from scaffold.spec.checks.feature import faults_between
from scaffold.spec.constraints import Features
from scaffold.spec.feature import Feature
from scaffold.spec.records import FOLDER, load_features
from scaffold.write.code import code_for

WAY = (
    "The branches fit by themselves, and not together. Take the merge back with git merge --abort "
    "(git reset --keep HEAD^ once it is committed), change one of the two features in its branch, "
    "commit, and merge again."
)


@dataclass(frozen=True)
class Meeting:
    merged: Features
    base: Features
    sides: Sequence[Features]
    """Ours and theirs; none if Git knows of no merge."""

    @classmethod
    def of(cls, root: Path) -> Self:
        merged = load_features(root)
        base, *sides = [features_at(root, each) for each in merged_commits(root)] or [merged]
        return cls(merged, base, sides)

    def check(self) -> None:
        """Raise `RefusedError` if two features do not go together, and no branch has them so."""
        known = {fault for side in self.sides for fault in faults_between(side)}
        refuse_first(
            f"{fault}. {WAY}" for fault in faults_between(self.merged) if fault not in known
        )

    @cached_property
    def moved(self) -> list[str]:
        """Return the features of which neither branch has the code that belongs to them now."""
        having = {name: [each for each in self.sides if name in each] for name in self.merged}
        return [
            name
            for name, sides in having.items()
            if sides and all(self._is_moved(name, side) for side in sides)
        ]

    def files(self, tree: Tree) -> Plan:
        old, new = dict[str, str](), dict[str, str]()
        for name in self.moved:
            old |= self._met_by_git(name)
            is_other = any(differ(name, each, self.merged) for each in self.sides if name in each)
            feature = self.merged[name].unmade() if is_other else self.merged[name]
            new |= without_migrations(files_of(feature, self.merged))
        # Where Git found a conflict, a person has settled it.
        known = {path: text for path, text in new.items() if path in old or not tree.has(path)}
        return carried_over(tree, old, known)

    def migration(self) -> tuple[str, str]:
        """Return the code that lets tables follow, and the code that takes it back."""
        pairs = [(self._own(side), side) for side in self.sides]
        up = [met(names, side, self.merged) for names, side in pairs]
        return "\n".join(up), "\n".join(met(names, self.merged, side) for names, side in pairs)

    def _own(self, side: Features) -> list[str]:
        """Return the moved features that have come from this side as they are."""
        return [
            name
            for name in self.moved
            if name in side and side[name].unmade() == self.merged[name].unmade()
        ]

    def _is_moved(self, name: str, side: Features) -> bool:
        before, after = side[name], self.merged[name]
        return any(
            code_for(each, before, side) != code_for(each, after, self.merged)
            for each in after.code_paths.values()
        )

    def _met_by_git(self, name: str) -> dict[str, str]:
        """Return the generated files as Git merges them, but for conflicts."""
        base, ours, theirs = (
            without_migrations(files_of(each[name], each)) if name in each else {}
            for each in (self.base, *self.sides)
        )
        both = {
            path: merged_by_git(ours[path], base.get(path, ""), theirs[path])
            for path in ours.keys() & theirs.keys()
        }
        merged = {path: text for path, text in both.items() if text is not None}
        alone = ours.keys() ^ theirs.keys()
        return merged | {path: text for path, text in (ours | theirs).items() if path in alone}


def features_at(root: Path, commit: str) -> dict[str, Feature]:
    """Return the recorded features of a commit, of whose faults nobody needs to hear."""
    with TemporaryDirectory() as folder, warnings.catch_warnings(action="ignore"):
        for path, text in texts_at(root, commit, str(FOLDER)).items():
            Path(folder, path).parent.mkdir(parents=True, exist_ok=True)
            Path(folder, path).write_text(text, encoding="utf-8")
        return load_features(Path(folder))
