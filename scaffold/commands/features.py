"""Features, added, removed and listed."""

from collections.abc import Sequence

import click

from scaffold.apply import report
from scaffold.apply.run import Mode, gates_of_addition, run
from scaffold.apply.tree import looking
from scaffold.commands.options import (
    HERE,
    NEXT,
    as_json,
    checks,
    force,
    name,
    owned,
    sort,
    unique,
    with_mode,
)
from scaffold.plans.add import to_add
from scaffold.spec.feature import Feature
from scaffold.spec.kinds import KINDS
from scaffold.spec.names import SECRET
from scaffold.spec.parse import parse_feature
from scaffold.spec.records import load_features


@click.command(epilog=f"Types: {', '.join(KINDS)}, many. See docs/features.md for their modifiers.")
@name
@click.argument("fields", nargs=-1, required=True, help="name:type:modifiers, as in due:date.")
@click.option("--plural", help="The plural, if the usual one is wrong.")
@unique
@checks
@sort
@owned
@with_mode
def add(
    name: str,
    fields: Sequence[str],
    plural: str | None,
    unique: Sequence[str],
    checks: Sequence[str],
    sort: str | None,
    owned: bool,
    mode: Mode,
) -> None:
    """Add a feature, and keep it only if its checks pass.

    A feature is a table with its migration, schemas, service, routes and tests.
    """
    groups = [group.split(",") for group in unique]
    feature = parse_feature(
        name, fields, plural=plural, unique=groups, checks=checks, sort=sort, owned=owned
    )
    warn_of_secrets(feature)
    done = f"{name} is added, with the plural {feature.plural}. {NEXT}"
    run(HERE, lambda tree: to_add(tree, feature), mode, done, gates_of_addition)


def warn_of_secrets(feature: Feature) -> None:
    if any(SECRET.search(field.name) and field.kind == "str" for field in feature.fields):
        report.warn("Do not store a password or a token in a str: store no more than its hash.")


@click.command()
@name
@force
@with_mode
def remove(name: str, force: bool, mode: Mode) -> None:
    """Remove a feature with its table.

    Its migration is deleted if it is the latest and no database has it. Otherwise a new migration
    drops the table.
    """
    from scaffold.plans.remove import to_remove

    run(HERE, lambda tree: to_remove(tree, name, force=force), mode, f"{name} is removed.")


@click.command("list")
@as_json
def list_features(as_json: bool) -> None:
    """List the features, and their files that you have changed."""
    from scaffold.plans.files import files_of
    from scaffold.plans.remove import edited

    with looking(HERE) as tree:
        report.warn(tree.notice)
        features = load_features(HERE)
        changed = {
            name: edited(tree, each, files_of(each, features)) for name, each in features.items()
        }
    report.show_features(features, changed, as_json=as_json)
