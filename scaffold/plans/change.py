"""A change of a feature that exists, or of one of its fields."""

from collections.abc import Callable, Iterable, Iterator

from scaffold.apply.plan import Plan
from scaffold.apply.tree import Tree
from scaffold.errors import RefusedError, refuse_first
from scaffold.spec.changes.feature import Change
from scaffold.spec.checks.feature import faults_among, faults_of_feature
from scaffold.spec.checks.field import check_field
from scaffold.spec.constraints import Features
from scaffold.spec.feature import Feature
from scaffold.spec.records import load_features, named


def to_change(tree: Tree, name: str, make_change: Callable[[Feature], Change]) -> Plan:
    features = load_features(tree.root)
    before = named(name, features)
    if not before.has_table:
        raise RefusedError(f"{name} has no table: change its files by hand.")
    change = make_change(before)
    after = change.of(before)
    if after == before:
        return {}
    refuse_faults(name, features, {**features, name: after})
    change.column_of(before).check()
    from scaffold.plans.alter import to_alter  # imports the libraries, if all is well so far

    return to_alter(tree, before, change, features)


def refuse_faults(name: str, features: Features, becoming: Features) -> None:
    """Raise `RefusedError` if there is a fault that was not there before."""
    before, after = features[name], becoming[name]
    for field in after.fields:
        if field not in before.fields:
            check_field(field)
    refuse_first(faults_of_feature(after), [*faults_of_feature(before)])
    others = [each.name for each in features.values() if name in each.targets - {each.name}]
    if after.owned and not before.owned:
        refuse_first(faults_of_circles(name, others, features))
    refuse_first(faults_among(after, becoming), [*faults_among(before, features)])
    for each in others:
        known = [*faults_among(features[each], features)]
        new = (fault for fault in faults_among(becoming[each], becoming) if fault not in known)
        refuse_first(f"{each}: {fault}" for fault in new)


def faults_of_circles(name: str, others: Iterable[str], features: Features) -> Iterator[str]:
    """Yield what says the way to an owner where each of several features waits for another one."""
    for other in others:
        if not features[other].owned and other in reached(name, features):
            yield (
                f"{name} and {other} lead to each other, and become owned one after the other: drop "
                f"the field or the links by which {name} leads to {other}, change {other}, then "
                f"{name}, and add what you have dropped. Its values are lost unless a migration of "
                "your own keeps them."
            )


def reached(name: str, features: Features) -> set[str]:
    """Return the features that the rows of this one lead to, by references and links."""
    found, waiting = set[str](), [name]
    while waiting:
        new = features[waiting.pop()].targets - found
        found |= new
        waiting += new
    return found
