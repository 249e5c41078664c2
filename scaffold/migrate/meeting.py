"""Changes the tables of one branch for the features of another."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from scaffold.migrate.links import LinkSwap
from scaffold.migrate.rows import on_rows, refused, with_dialect
from scaffold.migrate.swap import Swap
from scaffold.migrate.unfit import cell
from scaffold.migrate.unfit_rows import no_row_of
from scaffold.spec.constraints import Features

WAY = "change them, then migrate again"


def met(names: Collection[str], before: Features, after: Features) -> str:
    """Return the code by which the tables of these features follow, and nothing of others."""
    swaps = [Swap(name, before, after) for name in names if after[name].has_table]
    links = LinkSwap(_linked(names, before), _linked(names, after))
    code = "\n".join(
        (
            *_refusals(swaps, after),
            links.strangers,
            links.removal,
            *(each.removal for each in reversed(swaps)),
            *(each.creation for each in swaps),
            links.creation,
        )
    )
    return with_dialect(code)


def _linked(names: Collection[str], features: Features) -> Features:
    return {
        name: each if name in names else replace(each, links=()) for name, each in features.items()
    }


def _refusals(swaps: Collection[Swap], after: Features) -> Iterator[str]:
    """Count the rows that refer to another owner's, which SQLite would not tell."""
    parents = {each.plural: each for each in after.values()}
    for swap in swaps:
        keys = [each for each in swap.come if each.kind == "fk"]
        unfit = [no_row_of(parents[each.parent], cell(each.columns[0])) for each in keys]
        feature = after[swap.name]
        yield on_rows(feature, refused(unfit, feature.plural, WAY))
