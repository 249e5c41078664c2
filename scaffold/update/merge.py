"""The template's changes since the tree was made from it, merged into the tree."""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from scaffold.edit.git import BASE, OURS, THEIRS, conflicts_in, git, run_git, staged
from scaffold.edit.registration import MAIN
from scaffold.errors import RefusedError
from scaffold.plans.rename import PLACES
from scaffold.plans.settle import settled
from scaffold.spec.records import read_toml
from scaffold.update.migrations import revision_of, versions_in
from scaffold.update.repository import RECORD, Repository
from scaffold.update.shape import RECORDS, Shape, shape_checkout

CAPABILITIES = "scaffold/capabilities"
LOCKS = ("requirements.txt", "requirements-worker.txt", "requirements-dev.txt")


class Merge(NamedTuple):
    root: Path
    """The merged tree."""
    theirs: Path
    """The newer template in its shape."""
    brought: list[str]
    """Migrations of the template that are new."""
    has_own_packages: bool
    is_newest: bool
    """There has been nothing new to merge."""


def merged(repository: Repository, tree: Path, asked: Collection[str]) -> Merge:
    """Merge as if the template had always had the parts, the name and the features of the tree."""
    commit = repository.base()
    base = repository.checkout("base", commit)
    theirs = repository.checkout("theirs", repository.template)
    known, all_records = versions_in(base), records_in(theirs)
    shape_both(base, theirs, tree, {*asked})
    gone = all_records.keys() - parts_of(theirs, RECORDS)
    forget(theirs, migrations_of(theirs, [all_records[name] for name in gone]) - known)
    for root in (base, theirs):
        forget(root, known - versions_in(tree))
    ours = repository.merge(base, theirs)
    settle(ours)
    has_own_packages = take_locks(theirs, ours)
    (ours / RECORD).write_text(f'commit = "{repository.template}"\n', encoding="utf-8")
    brought = sorted(versions_in(ours) - versions_in(tree))
    return Merge(ours, theirs, brought, has_own_packages, commit == repository.template)


def parts_of(root: Path, *folders: str) -> set[str]:
    return {each.stem for folder in folders for each in (root / folder).glob("*.toml")}


def records_in(root: Path) -> dict[str, str]:
    paths = [*(root / RECORDS).glob("*.toml")]
    for path in paths:
        read_toml(path)  # or name what cannot be read
    return {each.stem: each.read_text(encoding="utf-8") for each in paths}


def shape_both(base: Path, theirs: Path, tree: Path, asked: set[str]) -> None:
    """Give both the parts that the tree has, and the newer one those that are asked for."""
    had, has, brought = (parts_of(each, RECORDS, CAPABILITIES) for each in (base, tree, theirs))
    is_blank = not (tree / "workshop").exists()
    new = set[str]() if is_blank else brought - had - has
    name = name_of(tree) if name_of(tree) != name_of(base) else None
    records = own_records(*map(records_in, (base, theirs, tree)))

    def shape(root: Path, keep: set[str]) -> None:
        leave = ((had - has) & parts_of(root, CAPABILITIES)) - keep
        shape_checkout(root, Shape(sorted(keep), sorted(leave), is_blank, name, records, str(tree)))

    with ThreadPoolExecutor() as pool:
        list(pool.map(shape, (base, theirs), (had & has, ((had & has | new) & brought) | asked)))


def own_records(
    base: Mapping[str, str], theirs: Mapping[str, str], tree: Mapping[str, str]
) -> dict[str, str]:
    """Return those of features that only the tree has, or that only the tree has changed."""
    return {
        name: text
        for name, text in tree.items()
        if spec_of(text) != spec_of(base.get(name)) == spec_of(theirs.get(name))
    }


def spec_of(text: str | None) -> Mapping[str, object]:
    """Return what the feature's files are generated from."""
    others = ("by_hand", "default", "migration", "needs")
    return {key: value for key, value in tomllib.loads(text or "").items() if key not in others}


def name_of(root: Path) -> str | None:
    place = PLACES[-1]
    text = (root / place.path).read_text(encoding="utf-8")
    found = re.search(place.pattern, text, re.MULTILINE)
    return found[1] if found else None


def migrations_of(root: Path, records: Iterable[str]) -> set[str]:
    """Return the migrations that these records of features name."""
    paths, revisions = set[str](), set[str]()
    for record in map(tomllib.loads, records):
        paths |= {*record.get("by_hand", ())}
        revisions |= {*record.get("migration", {}).get("revision", "").split()}
    return {
        path for path in versions_in(root) if path in paths or revision_of(root / path) in revisions
    }


def forget(root: Path, paths: Iterable[str]) -> None:
    for path in paths:
        (root / path).unlink(missing_ok=True)


def settle(ours: Path) -> None:
    """Settle what is no conflict to a person: files that the tree does without, and routers."""
    for path, stages in conflicts_in(ours).items():
        if OURS not in stages:
            git(ours, "rm", "--quiet", "--", path)
        elif path == MAIN and len(stages) == len((BASE, OURS, THEIRS)):
            with suppress(RefusedError):
                text = settled(*(staged(ours, MAIN, each) for each in (BASE, OURS, THEIRS)))
                (ours / MAIN).write_bytes(text.encode())
                git(ours, "add", MAIN)


def take_locks(theirs: Path, ours: Path) -> bool:
    """Take the template's locked packages; tell whether the tree has packages of its own."""
    own = False
    for path in LOCKS:
        if not ((ours / path).exists() and (theirs / path).exists()):
            continue
        mine, known = (run_git(ours, "show", f"{each}:{path}").stdout for each in ("HEAD", "HEAD^"))
        own |= mine not in {"", known}  # nothing, if the template has brought the file
        (ours / path).write_bytes((theirs / path).read_bytes())
        git(ours, "add", path)
    return own
