"""The files of a new feature, with its migration."""

from dataclasses import replace

from alembic.util import rev_id

from scaffold.apply.plan import Plan
from scaffold.apply.tree import Tree
from scaffold.edit.registration import MAIN, register
from scaffold.errors import refuse_first
from scaffold.migrate.create import free_moment
from scaffold.migrate.history import head_of
from scaffold.plans.collisions import collisions
from scaffold.plans.files import files_of
from scaffold.spec.constraints import Features
from scaffold.spec.feature import Feature


def to_create(tree: Tree, feature: Feature, features: Features) -> Plan:
    if feature.has_table:
        head = head_of(tree.root)
        created = free_moment(tree.root, f"create_{feature.plural}")
        feature = replace(feature, revision=rev_id(), down_revision=head, created=created)
    files = files_of(feature, {**features, feature.name: feature})
    refuse_first(collisions(tree, feature, files))
    if not feature.has_routes:
        return {**files}
    return {**files, MAIN: register(tree.read(MAIN), feature.plural)}
