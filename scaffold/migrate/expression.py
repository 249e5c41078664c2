"""The values of a new field that an expression makes of each row's other columns."""

from collections.abc import Iterator

from scaffold.migrate.unfit import Unfit, cell, unfit_texts
from scaffold.migrate.unfit_rows import no_row_of
from scaffold.spec.changes.conversions import TEXTUAL
from scaffold.spec.changes.field import FieldChange
from scaffold.spec.constraints import OWNER
from scaffold.spec.feature import Feature
from scaffold.spec.field import Field
from scaffold.spec.kinds import KINDS
from scaffold.write.literals import python

MADE = "made"
"""The name of the expression in the migration."""


def naming(change: FieldChange) -> str:
    """Give the expression its name, and a type that can be compared with the field's limits."""
    field = change.new
    if field is None or change.expression is None:
        return ""
    code = python(f"({change.expression})")
    if field.kind in TEXTUAL:
        return f"{MADE} = sa.cast(sa.literal_column({code}), sa.String())\n"
    kind = "sa.Uuid()" if field.kind == "ref" else "sa.BigInteger()"
    return f"{MADE} = sa.literal_column({code}, {kind})\n"


def unfit_values(field: Field, feature: Feature, target: Feature | None) -> Iterator[Unfit]:
    """Yield the rows whose value would not fit. The feature is as it was."""
    if not field.optional:
        yield Unfit(f"without {field.column}", f"{MADE}.is_(None)")
    if target:
        yield no_row_of(target, MADE)
    elif field.kind in TEXTUAL:
        longest = Field(field.name, "text", max=str(KINDS["text"].limit))
        yield from unfit_texts(longest, field, MADE)
    else:
        yield Unfit(f"with {field.column} below {field.least}", f"{MADE} < {field.least}")
        yield Unfit(f"with {field.column} above {field.greatest}", f"{MADE} > {field.greatest}")
        whole = f"{MADE} != sa.cast({MADE}, sa.BigInteger())"
        yield Unfit(f"whose {field.column} would be no whole number", whole)
    if field.unique:
        yield _taken_twice(field, owned=feature.owned)


def _taken_twice(field: Field, *, owned: bool) -> Unfit:
    columns = ", ".join([cell(OWNER), MADE] if owned else [MADE])
    one = f"sa.tuple_({columns})" if owned else MADE
    # Not of an alias: the expression may name the table.
    group = f"sa.select({columns}).select_from(rows).group_by({columns})"
    several = f"{group}.having(sa.func.count() > 1).correlate(None)"
    return Unfit(f"with the same {field.column} as another one", f"{one}.in_({several})")
