"""Features, added, removed and listed."""

from collections.abc import Sequence

import click

from scaffold.apply import report
from scaffold.apply.run import Mode, run
from scaffold.apply.tree import changing
from scaffold.commands.options import HERE, NEXT, as_json, force, name, with_mode
from scaffold.plans.add import to_add
from scaffold.plans.files import files_of
from scaffold.plans.remove import edited, to_remove
from scaffold.spec.kinds import KINDS
from scaffold.spec.parse import parse_feature
from scaffold.spec.records import load_features


@click.command(epilog=f"Types: {', '.join(KINDS)}. See docs/features.md for their modifiers.")
@name
@click.argument("fields", nargs=-1, required=True, help="name:type:modifiers, as in due:date.")
@click.option("--plural", help="The plural, if adding an s is wrong.")
@click.option("--unique", multiple=True, metavar="A,B", help="Fields that are unique together.")
@click.option(
    "--sort", metavar="[-]FIELD", help="The order of lists; -id, newest first, if absent."
)
@click.option("--owned", is_flag=True, help="Each row belongs to the user who created it.")
@with_mode
def add(
    name: str,
    fields: Sequence[str],
    plural: str | None,
    unique: Sequence[str],
    sort: str | None,
    owned: bool,
    mode: Mode,
) -> None:
    """Add a feature, and keep it only if its checks pass.

    A feature is a table with its migration, schemas, service, routes and tests.
    """
    groups = [group.split(",") for group in unique]
    feature = parse_feature(name, fields, plural=plural, unique=groups, sort=sort, owned=owned)
    run(HERE, lambda tree: to_add(tree, feature), mode, f"{name} is added. {NEXT}")


@click.command()
@name
@force
@with_mode
def remove(name: str, force: bool, mode: Mode) -> None:
    """Remove a feature with its table.

    Its migration is deleted if it is the latest and no database has it. Otherwise a new migration
    drops the table.
    """
    run(HERE, lambda tree: to_remove(tree, name, force=force), mode, f"{name} is removed.")


@click.command("list")
@as_json
def list_features(as_json: bool) -> None:
    """List the features, and their files that you have changed."""
    with changing(HERE) as tree:
        features = load_features(HERE)
        changed = {
            name: edited(tree, each, files_of(each, features)) for name, each in features.items()
        }
    report.show_features(features, changed, as_json=as_json)
