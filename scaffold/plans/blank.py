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
from scaffold.plans.add import without_migration
from scaffold.plans.files import files_of
from scaffold.plans.remove import refuse_edited
from scaffold.spec.capability import Capability
from scaffold.spec.feature import Feature
from scaffold.spec.parts import Part, Parts, load_parts, own_files, with_needs
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
    going = {name: each for name, each in parts.items() if name not in kept}
    gone = {path for folder in OF_THE_TEMPLATE for path in files_below(tree, folder)}
    texts = {MAIN: tree.read(MAIN)}
    if gone:  # otherwise the README is the person's own by now
        texts[README] = tree.read(BLANK_README)
    for part in going.values():
        gone |= own_files(part, kept.values())
        if isinstance(part, Feature):
            gone |= generated_files(tree, part, parts, force=force)
            texts[MAIN] = unregister(texts[MAIN], part.plural)
        else:
            gone.add(part.record)
            texts |= without_capability(tree, texts, part, kept.values())
    texts |= tidied({path: text for path, text in texts.items() if path.endswith(".py")})
    plan: Plan = {path: None for path in sorted(gone) if tree.has(path)}
    plan |= {path: text for path, text in texts.items() if path not in gone}
    has_fewer_tables = any(path.startswith("src/models/") for path in gone)
    return plan | (migrated_anew(tree, plan, kept) if has_fewer_tables else {})


def kept_of(parts: Parts, keep: Collection[str], leave: Collection[str]) -> dict[str, Part]:
    """Return the parts that stay, with all that they need."""
    if unknown := {*keep, *leave} - parts.keys():
        raise RefusedError(f"There is no {', '.join(unknown)}; there is {', '.join(parts)}.")
    asked = [
        name
        for name, each in parts.items()
        if name not in leave and (name in keep or (isinstance(each, Capability) and each.default))
    ]
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


def generated_files(tree: Tree, feature: Feature, parts: Parts, *, force: bool) -> set[str]:
    features = {name: each for name, each in parts.items() if isinstance(each, Feature)}
    files = files_of(feature, features)
    refuse_edited(tree, feature, files, force=force)
    return {*files}


def without_capability(
    tree: Tree, texts: Mapping[str, str], capability: Capability, kept: Iterable[Part]
) -> dict[str, str]:
    """Return the shared files without its lines and its packages."""
    paths = [path for path in capability.lines if path in texts or tree.has(path)]
    changed = {path: texts.get(path) or tree.read(path) for path in [*paths, PROJECT]}
    for path in paths:
        changed[path] = without_lines(path, changed[path], capability.lines[path])
    others = {name for each in kept if isinstance(each, Capability) for name in each.packages}
    packages = [name for name in capability.packages if name not in others]
    changed[PROJECT] = without_packages(PROJECT, changed[PROJECT], packages)
    return changed


def migrated_anew(tree: Tree, plan: Plan, kept: Mapping[str, Part]) -> Plan:
    """Return one migration instead of all others, and the records that named these."""
    versions = [str(each.relative_to(tree.root)) for each in tree.root.glob(f"{VERSIONS}*.py")]
    records = {
        f"{FOLDER}/{name}.toml": record(unmigrated(each, plan))
        for name, each in kept.items()
        if isinstance(each, Feature)
    }
    with report.step("first migration"):
        return {
            **dict.fromkeys(versions),
            **records,
            **initial_migration(tree.root, {**plan, **dict.fromkeys(versions)}),
        }


def unmigrated(feature: Feature, plan: Plan) -> Feature:
    files = tuple(
        each for each in feature.files if not each.startswith(VERSIONS) and each not in plan
    )
    return replace(without_migration(feature), files=files)
