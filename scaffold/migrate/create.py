"""Migrations as Alembic would write them."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from scaffold.spec.constraints import Constraint, constraints_of
from scaffold.spec.feature import Feature
from scaffold.spec.names import words_of
from scaffold.write.spelling import Spelling
from scaffold.write.templating import rendered

VERSIONS = "alembic/versions/"

type Features = Mapping[str, Feature]


def migration_path(created: datetime, title: str) -> str:
    return f"{VERSIONS}{created:%Y%m%d_%H%M}_{title}.py"


def create_migration(feature: Feature, features: Features) -> str:
    return migration(
        f"create {words_of(feature.plural)}",
        feature.revision,
        feature.down_revision,
        *_table(feature, features),
    )


def drop_migration(
    feature: Feature, features: Features, *, revision: str, down_revision: str | None
) -> str:
    create, drop = _table(feature, features)
    return migration(f"drop {words_of(feature.plural)}", revision, down_revision, drop, create)


def undone(text: str, title: str, *, revision: str, down_revision: str | None) -> str:
    """Return the migration that undoes another one, which people may have changed."""
    head, upgrade, downgrade = re.split(r"def (?:upgrade|downgrade)\(\) -> None:\n", text)
    for name, value in {"revision": revision, "down_revision": down_revision}.items():
        head = re.sub(rf"^({name}:.*) = .*$", rf'\1 = "{value}"', head, flags=re.MULTILINE)
    head = re.sub(r'\A""".*?"""', f'"""{title}"""', head, flags=re.DOTALL)
    return f"{head}def upgrade() -> None:\n{downgrade}\n\ndef downgrade() -> None:\n{upgrade}"


def migration(
    title: str,
    revision: str | None,
    down_revision: str | Sequence[str] | None,
    upgrade: str,
    downgrade: str,
) -> str:
    return rendered(
        "migration.py",
        title=title,
        revision=revision,
        down_revision=repr(down_revision),
        upgrade=upgrade.strip(),
        downgrade=downgrade.strip(),
    )


def _table(feature: Feature, features: Features) -> tuple[str, str]:
    """Return what creates the table, and what drops it."""
    constraints = [*constraints_of(feature, features)]
    indexes = [each for each in constraints if each.kind == "ix"]
    others = [each for each in constraints if each.kind != "ix"]
    others.append(Constraint("pk", feature.plural, ("id",)))
    create = rendered(
        "create_table",
        feature=feature,
        codes=[Spelling(feature, field) for field in feature.fields],
        constraints=sorted(others, key=lambda each: each.kind),
        indexes=indexes,
    )
    return create, rendered("drop_table", feature=feature, indexes=indexes)
