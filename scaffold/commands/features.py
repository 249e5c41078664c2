"""Features, added and removed."""

from typing import Annotated

import typer

from scaffold.apply import report
from scaffold.apply.run import Mode, run
from scaffold.apply.tree import changing
from scaffold.commands.options import HERE, NEXT, AsJson, DryRun, Force, Name, Postgres
from scaffold.plans.add import to_add
from scaffold.plans.files import files_of
from scaffold.plans.remove import edited, to_remove
from scaffold.spec.parse import parse_feature
from scaffold.spec.records import load_features


def add(
    name: Name,
    fields: Annotated[list[str], typer.Argument(help="Such as due:date:optional.")],
    plural: Annotated[str | None, typer.Option(help="If it is not made by an s.")] = None,
    unique: Annotated[list[str] | None, typer.Option(help="Fields unique together: a,b")] = None,
    sort: Annotated[str | None, typer.Option(help="How lists are sorted: -id")] = None,
    owned: Annotated[bool, typer.Option("--owned", help="Rows belong to users.")] = False,
    postgres: Postgres = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Write a feature and prove it; nothing is left to edit."""
    groups = [group.split(",") for group in unique or []]
    feature = parse_feature(name, fields, plural=plural, unique=groups, sort=sort, owned=owned)
    mode = Mode(postgres, dry_run, as_json)
    run(HERE, lambda tree: to_add(tree, feature), mode, f"{name} is there. {NEXT}")


def remove(
    name: Name,
    force: Force = False,
    postgres: Postgres = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take a feature away. If its migration has been applied, write one that drops the table."""
    mode = Mode(postgres, dry_run, as_json)
    run(HERE, lambda tree: to_remove(tree, name, force=force), mode, f"{name} is gone.")


def list_features(as_json: AsJson = False) -> None:
    """List the features, with those of their files that were changed by hand."""
    with changing(HERE) as tree:
        features = load_features(HERE)
        changed = {
            name: edited(tree, each, files_of(each, features)) for name, each in features.items()
        }
    report.show_features(features, changed, as_json=as_json)
