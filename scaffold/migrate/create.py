"""Migrations of whole tables, as Alembic would write them."""

import re
from collections.abc import Sequence
from datetime import datetime

from alembic.operations.ops import CreateIndexOp, CreateTableOp, ModifyTableOps, UpgradeOps
from alembic.util import rev_id

from scaffold.migrate.tables import Features, additions, code_of, table_of
from scaffold.spec.feature import Feature
from scaffold.spec.names import words_of
from scaffold.write.ruff import tidied
from scaffold.write.templating import rendered

VERSIONS = "alembic/versions/"

type Parents = str | Sequence[str] | None
"""Revisions that a migration follows: several if it joins branches."""


def migration_path(created: datetime, title: str) -> str:
    return f"{VERSIONS}{created:%Y%m%d_%H%M}_{title.replace(' ', '_')}.py"


def now() -> datetime:
    return datetime.now().replace(microsecond=0)


def new_migration(title: str, parents: Parents, upgrade: str, downgrade: str) -> dict[str, str]:
    text = migration(title, rev_id(), parents, upgrade, downgrade)
    return tidied({migration_path(now(), title): text})


def migration(
    title: str, revision: str | None, parents: Parents, upgrade: str, downgrade: str
) -> str:
    return rendered(
        "migration.py",
        title=title,
        revision=revision,
        down_revision=repr(parents),
        upgrade=upgrade.strip(),
        downgrade=downgrade.strip(),
    )


def create_migration(feature: Feature, features: Features) -> str:
    title = f"create {words_of(feature.plural)}"
    return migration(
        title, feature.revision, feature.down_revision, *create_and_drop(feature, features)
    )


def create_and_drop(feature: Feature, features: Features) -> tuple[str, str]:
    """Return the code that creates the table, and the code that drops it."""
    added = additions(feature, features).values()
    indexes = [each for each in added if isinstance(each, CreateIndexOp)]
    table = CreateTableOp.from_table(table_of(feature, features))
    create = UpgradeOps([table, ModifyTableOps(feature.plural, indexes)])
    return code_of(*create.ops), code_of(*create.reverse().ops)


def undone(text: str, title: str, revision: str, parent: str | None) -> str:
    """Return the migration that undoes another one, which people may have changed."""
    head, upgrade, downgrade = re.split(r"def (?:upgrade|downgrade)\(\) -> None:\n", text)
    for name, value in {"revision": revision, "down_revision": parent}.items():
        head = re.sub(rf"^({name}:.*) = .*$", rf'\1 = "{value}"', head, flags=re.MULTILINE)
    head = re.sub(r'\A""".*?"""', f'"""{title}"""', head, flags=re.DOTALL)
    return f"{head}def upgrade() -> None:\n{downgrade}\n\ndef downgrade() -> None:\n{upgrade}"
