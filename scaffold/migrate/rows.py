"""Code of migrations that looks at rows and changes them."""

import re
from collections.abc import Sequence

from scaffold.migrate.tables import ENTITY, type_of
from scaffold.migrate.unfit import Unfit
from scaffold.spec.constraints import OWNER
from scaffold.spec.feature import Feature
from scaffold.write.templating import rendered


def refused(unfit: Sequence[Unfit], table: str, way: str) -> str:
    """Count the rows that do not fit, and say the way out."""
    return rendered("refusal", table=table, unfit=unfit, way=way) if unfit else ""


def on_rows(feature: Feature, code: str) -> str:
    """Name the columns that the code needs, with the types that the feature gives them."""
    if "rows" not in code:
        return code
    types = {"id": ENTITY["id"], OWNER: "sa.Uuid()"}
    types |= {field.column: type_of(field) for field in feature.fields}
    needed = re.findall(r'(?:\.c\[|values\(\{)"(\w+)"', code)
    columns = [f'sa.column("{name}", {each})' for name, each in types.items() if name in needed]
    lines = [f"rows = sa.table({', '.join([f'"{feature.plural}"', *columns])})"]
    if "others.c[" in code:
        lines.append('others = rows.alias("others")')
    return "\n".join([*lines, code])


def with_dialect(code: str) -> str:
    line = 'is_sqlite = op.get_context().dialect.name == "sqlite"\n'
    return line + code if "is_sqlite" in code else code
