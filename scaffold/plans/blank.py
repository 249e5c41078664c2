"""A tree without examples and without the workshop, whose migrations begin with what remains."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from scaffold.apply import report
from scaffold.apply.plan import Plan
from scaffold.apply.tree import Tree
from scaffold.edit.lines import without_lines, without_packages
from scaffold.edit.registration import MAIN, unregister
from scaffold.errors import RefusedError
from scaffold.migrate.create import VERSIONS
from scaffold.migrate.initial import initial_migration
from scaffold.plans.files import files_of
from scaffold.plans.remove import refuse_edited, refuse_unseen
from scaffold.spec.feature import Feature
from scaffold.spec.names import guess
from scaffold.spec.parts import (
    Capability,
    Joint,
    Part,
    Parts,
    load_parts,
    own_files,
    parted,
    with_needs,
)
from scaffold.spec.records import FOLDER, record
from scaffold.write.ruff import tidied

README, BLANK_README, PROJECT = "README.md", "scaffold/blank/README.md", "pyproject.toml"
OF_THE_TEMPLATE = ("workshop", ".ci")
"""Folders that prove the template, and not the service."""


def to_blank(
    tree: Tree, *, force: bool, keep: Sequence[str] = (), leave: Sequence[str] = ()
) -> Plan:
    parts = load_parts(tree.root)
    kept = kept_of(parts, keep, leave)
    going = [each for name, each in parts.items() if name not in kept]
    gone = {path for folder in OF_THE_TEMPLATE for path in files_below(tree, folder)}
    joints = [*parted(parts, kept)]
    texts = shared_files(tree, going, joints, kept.values())
    if gone:  # otherwise the README is the person's own by now
        texts[README] = tree.read(BLANK_README)
    for part in going:
        gone |= own_files(part, kept.values())
        gone |= recorded_files(tree, part, parts, force=force)
    gone |= {path for joint in joints for path in joint.files}
    anew = any(path.startswith("src/models/") for path in gone)
    gone |= migrations_in(tree) if anew else set()
    plan: Plan = {path: None for path in sorted(gone) if tree.has(path)}
    refuse_unseen(tree, plan, force=force)
    plan |= {path: text for path, text in texts.items() if path not in gone}
    plan |= {f"{FOLDER}/{each.name}.toml": record(each) for each in staying(kept, gone)}
    return plan | (first_migration(tree, plan) if anew else {})


def kept_of(parts: Parts, keep: Collection[str], leave: Collection[str]) -> dict[str, Part]:
    """Return the parts that stay, with all that they need."""
    for name in (*keep, *leave):
        if name not in parts:
            raise RefusedError(f"There is no part {name}{guess(name, parts)}")
    defaults = {name for name, each in parts.items() if each.default}
    asked = defaults.union(keep).difference(leave)
    for name in asked:
        if wanted := sorted(with_needs([name], parts) & {*leave}):
            raise RefusedError(f"{name} needs {', '.join(wanted)}.")
    kept = with_needs(asked, parts)
    return {name: each for name, each in parts.items() if name in kept}


def files_below(tree: Tree, folder: str) -> Iterable[str]:
    paths = (each.relative_to(tree.root) for each in (tree.root / folder).rglob("*"))
    for path in paths:
        # Environments and caches are no part of the tree.
        is_hidden = any(part.startswith(".") for part in path.parts[1:])
        if not is_hidden and "__pycache__" not in path.parts and (tree.root / path).is_file():
            yield str(path)


def recorded_files(tree: Tree, part: Part, parts: Parts, *, force: bool) -> set[str]:
    """Return the record of the part, and the files that are made from it."""
    if isinstance(part, Capability):
        return {part.record}
    if not force:  # else nobody asks what is in them
        features = {name: each for name, each in parts.items() if isinstance(each, Feature)}
        refuse_edited(tree, part, files_of(part, features), force=force)
    return {f"{FOLDER}/{part.name}.toml", *part.code_paths}


def shared_files(
    tree: Tree, going: Sequence[Part], joints: Sequence[Joint], kept: Iterable[Part]
) -> dict[str, str]:
    """Return the files that change because parts have lines in them."""
    texts = {path: tree.read(path) for path in (MAIN, PROJECT)}
    others = {name for each in kept if isinstance(each, Capability) for name in each.packages}
    features = [each.plural for each in going if isinstance(each, Feature) and each.has_routes]
    texts[MAIN] = unregister(texts[MAIN], *features)
    capabilities = [each for each in going if isinstance(each, Capability)]
    for part in capabilities:
        packages = [name for name in part.packages if name not in others]
        texts[PROJECT] = without_packages(PROJECT, texts[PROJECT], packages)
    with_lines: list[Capability | Joint] = [*capabilities, *joints]
    for each in with_lines:
        for path, lines in each.lines.items():
            if tree.has(path):
                text = texts.get(path) or tree.read(path)
                texts[path] = without_lines(path, text, lines)
    changed = {path: text for path, text in texts.items() if text != tree.read(path)}
    return changed | tidied({path: text for path, text in changed.items() if path.endswith(".py")})


def migrations_in(tree: Tree) -> set[str]:
    return {str(each.relative_to(tree.root)) for each in tree.root.glob(f"{VERSIONS}*.py")}


def staying(kept: Mapping[str, Part], gone: Collection[str]) -> Iterable[Feature]:
    """Yield the features that stay, without the files and migrations that go."""
    anew = any(path.startswith(VERSIONS) for path in gone)
    for each in kept.values():
        if isinstance(each, Feature):
            feature = each.unmade() if anew else each
            yield replace(feature, files=tuple(path for path in each.files if path not in gone))


def first_migration(tree: Tree, plan: Plan) -> Plan:
    with report.step("first migration"):
        return {**initial_migration(tree.root, plan)}
