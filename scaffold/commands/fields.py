"""Fields of a feature: ``python -m scaffold field``."""

from collections.abc import Callable
from dataclasses import replace

import click

from scaffold.apply.run import Mode, run
from scaffold.commands.options import HERE, NEXT, name, with_mode
from scaffold.plans.change import to_change
from scaffold.spec.feature import Feature
from scaffold.spec.field_change import FieldChange
from scaffold.spec.parse import parse_field

token = click.argument("field", help="name:type:modifiers, such as paid_at:datetime:optional.")
backfill = click.option("--backfill", metavar="VALUE", help="What existing rows get.")


@click.group("field")
def field_commands() -> None:
    """Add, change, rename or drop a field of a feature."""


@field_commands.command()
@name
@token
@backfill
@with_mode
def add(name: str, field: str, backfill: str | None, mode: Mode) -> None:
    """Add a field."""
    _change(name, lambda _: FieldChange(None, parse_field(field), backfill), mode)


@field_commands.command()
@name
@token
@backfill
@with_mode
def change(name: str, field: str, backfill: str | None, mode: Mode) -> None:
    """Change the type or the modifiers of a field."""
    new = parse_field(field)
    _change(name, lambda feature: FieldChange(feature.field(new.name), new, backfill), mode)


@field_commands.command()
@name
@click.argument("old", help="The field's name.")
@click.argument("new", help="The name that it gets.")
@with_mode
def rename(name: str, old: str, new: str, mode: Mode) -> None:
    """Rename a field; its values stay."""

    def renaming(feature: Feature) -> FieldChange:
        field = feature.field(old)
        return FieldChange(field, replace(field, name=new))

    _change(name, renaming, mode)


@field_commands.command()
@name
@click.argument("field", help="The field's name.")
@with_mode
def drop(name: str, field: str, mode: Mode) -> None:
    """Drop a field with its values."""
    _change(name, lambda feature: FieldChange(feature.field(field), None), mode)


def _change(name: str, make_change: Callable[[Feature], FieldChange], mode: Mode) -> None:
    done = f"{name} is changed. {NEXT}"
    run(HERE, lambda tree: to_change(tree, name, make_change), mode, done)
