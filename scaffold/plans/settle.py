"""Two branches that each have new features, made one."""

from collections.abc import Sequence
from pathlib import Path

from scaffold.apply.plan import Plan
from scaffold.apply.tree import Tree
from scaffold.edit.git import BASE, OURS, THEIRS, conflicts_in, staged
from scaffold.edit.registration import MAIN, register, registered, unregister
from scaffold.edit.three_way import settle
from scaffold.errors import RefusedError
from scaffold.migrate.create import new_migration
from scaffold.migrate.history import heads_of
from scaffold.plans.meeting import Meeting
from scaffold.spec.parts import load_capabilities
from scaffold.spec.records import load_features


def to_settle(tree: Tree) -> Plan:
    conflicts = conflicts_in(tree.root)
    if others := [path for path in conflicts if path != MAIN]:
        raise RefusedError(f"Settle the conflicts in {', '.join(others)} first, and git add them.")
    meeting = Meeting.of(tree.root)
    meeting.check()
    main = tree.read(MAIN)
    if conflicts and "\n<<<<<<< " in main:
        main = settled(*(staged(tree.root, MAIN, stage) for stage in (BASE, OURS, THEIRS)))
    for plural in unregistered(tree, main):
        main = register(main, plural)
    migration = joined_heads(tree.root, *meeting.migration())
    return {MAIN: main, **migration, **tests_of(tree, main), **meeting.files(tree)}


def settled(base: str, ours: str, theirs: str) -> str:
    """Carry over what the other branch has changed by hand, then its registered features."""
    before, after = registered(base), registered(theirs)
    for plural in {*after} - {*before}:
        theirs = unregister(theirs, plural)
    for plural in {*before} - {*after}:
        base, ours = unregister(base, plural), unregister(ours, plural)
    main = settle(MAIN, ours, base, theirs)
    for plural in after:
        main = main if plural in before else register(main, plural)
    return main


def unregistered(tree: Tree, main: str) -> Sequence[str]:
    """Return the recorded features that main lacks, but for those that a capability brings."""
    brought = {name for each in load_capabilities(tree.root).values() for name in each.needs}
    return [
        feature.plural
        for name, feature in load_features(tree.root).items()
        if feature.fields and name not in brought and feature.plural not in registered(main)
    ]


def tests_of(tree: Tree, main: str) -> dict[str, str]:
    """Return the tests of the features, unchanged, so that they are among the gates."""
    paths = [f"tests/integration/test_{plural}.py" for plural in registered(main)]
    return {path: tree.read(path) for path in paths if tree.has(path)}


def joined_heads(root: Path, upgrade: str = "", downgrade: str = "") -> dict[str, str]:
    """Return a migration that joins the heads, so that databases with any of them can follow."""
    heads = heads_of(root)
    if len(heads) < 2:
        return {}
    contracts = "op.drop_table(" in upgrade  # of links, which come again with an owner
    return new_migration(root, "merge branches", heads, upgrade, downgrade, contracts=contracts)
