"""Changes of a feature that exists: ``python -m scaffold field`` and ``feature``."""

from collections.abc import Callable, Sequence

import click

from scaffold.apply.report import warn
from scaffold.apply.run import Mode, run
from scaffold.commands.options import HERE, NEXT, checks, name, owned, sort, unique, with_mode
from scaffold.plans.change import to_change
from scaffold.plans.mentions import mentions
from scaffold.spec.changes.feature import Change, FeatureChange
from scaffold.spec.changes.link import adding, changing, dropping, renaming
from scaffold.spec.feature import Feature
from scaffold.spec.parse import parse_pair, parse_part
from scaffold.spec.records import load_features

MOST_PLACES = 8

token = click.argument("field", help="name:type:modifiers, such as paid_at:datetime:optional.")
backfill = click.option("--backfill", metavar="VALUE", help="What existing rows get.")


@click.group("field")
def field_commands() -> None:
    """Add, change, rename or drop a field of a feature."""


@field_commands.command()
@name
@token
@backfill
@click.option("--backfill-sql", metavar="SQL", help="The same, made of each row's other columns.")
@with_mode
def add(name: str, field: str, backfill: str | None, backfill_sql: str | None, mode: Mode) -> None:
    """Add a field, or links such as tags:many."""
    _change(name, lambda _: adding(parse_part(field), backfill, backfill_sql), mode)


@field_commands.command()
@name
@token
@click.option("--backfill", metavar="VALUE", help="What rows get whose values do not fit.")
@click.option("--map", "pairs", multiple=True, metavar="OLD=NEW", help="What a value becomes.")
@with_mode
def change(name: str, field: str, backfill: str | None, pairs: Sequence[str], mode: Mode) -> None:
    """Change the type or the modifiers of a field, or what answers show of links.

    The migration counts the rows that do not fit, and refuses to run while there are any, unless
    --backfill gives them a value.
    """
    new, mapping = parse_part(field), tuple(map(parse_pair, pairs))
    _change(name, lambda feature: changing(feature, new, backfill, mapping), mode)


@field_commands.command()
@name
@click.argument("old", help="The field's name.")
@click.argument("new", help="The name that it gets.")
@with_mode
def rename(name: str, old: str, new: str, mode: Mode) -> None:
    """Rename a field; its values stay."""
    _change(name, lambda feature: renaming(feature, old, new), mode)
    places = [*mentions(HERE, load_features(HERE)[name], old)]
    if places and not mode.dry_run:
        warn(f"{old} still stands in {', '.join(places[:MOST_PLACES])}: look whether it is meant.")


@field_commands.command()
@name
@click.argument("field", help="The field's name.")
@with_mode
def drop(name: str, field: str, mode: Mode) -> None:
    """Drop a field with its values."""
    _change(name, lambda feature: dropping(feature, field), mode)


@click.group("feature")
def feature_commands() -> None:
    """Change a feature as a whole."""


@feature_commands.command("change")
@name
@unique
@checks
@click.option("--drop-unique", multiple=True, metavar="A,B", help="No longer unique together.")
@click.option("--drop-check", multiple=True, metavar="RULE", help="A rule that goes.")
@sort
@owned
@click.option("--owner", metavar="EMAIL", help="With --owned: whose the existing rows are.")
@with_mode
def change_feature(
    name: str,
    unique: Sequence[str],
    checks: Sequence[str],
    drop_unique: Sequence[str],
    drop_check: Sequence[str],
    sort: str | None,
    owned: bool,
    owner: str | None,
    mode: Mode,
) -> None:
    """Add what is unique together, rules and an owner, and choose another order of lists.

    The migration counts the rows that do not fit, and refuses to run while there are any.
    """
    added, dropped = ([each.split(",") for each in groups] for groups in (unique, drop_unique))
    change = FeatureChange(added, checks, dropped, drop_check, sort, owned, owner)
    _change(name, lambda _: change, mode)


def _change(name: str, make_change: Callable[[Feature], Change], mode: Mode) -> None:
    done = f"{name} is changed. {NEXT}"
    run(HERE, lambda tree: to_change(tree, name, make_change), mode, done)
