"""Fields of a feature: ``python -m scaffold field``."""

from functools import partial
from typing import Annotated

import typer

from scaffold.apply.run import Mode, run
from scaffold.commands.options import HERE, NEXT, AsJson, DryRun, Name, Postgres
from scaffold.plans import amend
from scaffold.plans.amend import Amendment
from scaffold.spec.parse import parse_field

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Fields of a feature.")

Token = Annotated[str, typer.Argument(help="Such as paid_at:datetime:optional.")]
Backfill = Annotated[
    str | None, typer.Option(help="The value of existing rows, if the field is required.")
]


@app.command()
def add(
    feature: Name,
    field: Token,
    backfill: Backfill = None,
    postgres: Postgres = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Add a field."""
    added = parse_field(field)
    amendment = Amendment(
        f"add {added.column} to", partial(amend.with_field, field=added), backfill=backfill
    )
    _amend(feature, amendment, Mode(postgres, dry_run, as_json))


@app.command()
def change(
    feature: Name,
    field: Token,
    backfill: Backfill = None,
    postgres: Postgres = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Change the type of a field, such as the members of an enum."""
    changed = parse_field(field)
    amendment = Amendment(
        f"change {changed.column} of",
        partial(amend.with_changed_field, field=changed),
        backfill=backfill,
    )
    _amend(feature, amendment, Mode(postgres, dry_run, as_json))


@app.command()
def rename(
    feature: Name,
    old: str,
    new: str,
    postgres: Postgres = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Rename a field; its values stay."""
    renaming = partial(amend.with_renamed_field, old=old, new=new)
    amendment = Amendment(f"rename {old} of", renaming, renamed=(old, new))
    _amend(feature, amendment, Mode(postgres, dry_run, as_json))


@app.command()
def drop(
    feature: Name,
    field: str,
    postgres: Postgres = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Drop a field, with its values."""
    amendment = Amendment(f"drop {field} of", partial(amend.without_field, name=field))
    _amend(feature, amendment, Mode(postgres, dry_run, as_json))


def _amend(feature: str, amendment: Amendment, mode: Mode) -> None:
    done = f"{feature} has changed. {NEXT}"
    run(HERE, lambda tree: amend.to_amend(tree, feature, amendment), mode, done)
