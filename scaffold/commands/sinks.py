"""Sinks of streams: ``python -m scaffold ingest``."""

import click

from scaffold.apply.plan import Plan
from scaffold.apply.run import Mode, run
from scaffold.apply.tree import Tree
from scaffold.commands.jobs import gates_without_migrations
from scaffold.commands.options import HERE, with_mode
from scaffold.errors import RefusedError, refuse_first
from scaffold.plans.add import to_add
from scaffold.spec.records import load_features
from scaffold.spec.sink import RECORD, faults_of_target, sink_of


@click.command(epilog="See docs/ingestion.md.")
@click.argument("feature", help="The feature whose rows the records are, such as sensor_reading.")
@with_mode
def ingest(feature: str, mode: Mode) -> None:
    """Let streams bring rows of a feature, and keep that only if its checks pass."""
    done = f"Streams bring rows of {feature} by: python -m src.ingestion --help"
    run(HERE, lambda tree: to_ingest(tree, feature), mode, done, gates_without_migrations)


def to_ingest(tree: Tree, name: str) -> Plan:
    features = load_features(tree.root)
    if not tree.has(RECORD):
        raise RefusedError(
            "This service takes no streams. Bring them back with: update --with ingestion"
        )
    refuse_first(faults_of_target(name, features))
    return to_add(tree, sink_of(features[name]))
