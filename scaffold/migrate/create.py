"""Migrations of whole tables, as Alembic would write them."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from alembic.operations.ops import CreateIndexOp, CreateTableOp, ModifyTableOps, UpgradeOps
from alembic.util import rev_id

from scaffold.migrate import search
from scaffold.migrate.links import creation_of
from scaffold.migrate.tables import additions, code_of, table_of
from scaffold.spec.constraints import Features
from scaffold.spec.feature import Feature
from scaffold.spec.link_tables import tables_of
from scaffold.spec.names import words_of
from scaffold.write.ruff import tidied
from scaffold.write.templating import rendered

VERSIONS = "alembic/versions/"
CONTRACT = "# contract: release this when no version runs that needs what it takes away\n"
"""Tells the linter of migrations that their author knows it; docs/migrations.md has the steps."""

type Parents = str | Sequence[str] | None
"""Revisions that a migration follows: several if it joins branches."""


def migration_path(created: datetime, title: str) -> str:
    return f"{VERSIONS}{created:%Y%m%d_%H%M}_{title.replace(' ', '_')}.py"


def now() -> datetime:
    return datetime.now().replace(microsecond=0)


def free_moment(root: Path, title: str) -> datetime:
    """Return now, or the first minute after it that gives the migration a path of its own."""
    moments = (now() + timedelta(minutes=number) for number in count())
    return next(each for each in moments if not (root / migration_path(each, title)).exists())


def new_migration(
    root: Path,
    title: str,
    parents: Parents,
    upgrade: str,
    downgrade: str,
    *,
    contracts: bool = False,
) -> dict[str, str]:
    text = migration(title, rev_id(), parents, upgrade, downgrade, contracts=contracts)
    return tidied({migration_path(free_moment(root, title), title): text})


def migration(
    title: str,
    revision: str | None,
    parents: Parents,
    upgrade: str,
    downgrade: str,
    *,
    contracts: bool = False,
) -> str:
    return rendered(
        "migration.py",
        title=title,
        revision=revision,
        down_revision=repr(parents),
        contract=CONTRACT if contracts else "",
        upgrade=upgrade.strip() or "pass",
        downgrade=downgrade.strip() or "pass",
    )


def create_migration(feature: Feature, features: Features) -> str:
    title = f"create {words_of(feature.plural)}"
    return migration(
        title, feature.revision, feature.down_revision, *create_and_drop(feature, features)
    )


def create_and_drop(feature: Feature, features: Features) -> tuple[str, str]:
    """Return the code that creates the table and those of its links, and what drops them."""
    added = additions(feature, features).values()
    indexes = [each for each in added if isinstance(each, CreateIndexOp)]
    table = CreateTableOp.from_table(table_of(feature, features))
    links = [each for one in tables_of(feature, features) for each in creation_of(one)]
    create = UpgradeOps([table, ModifyTableOps(feature.plural, indexes), *links])
    created, dropped = code_of(*create.ops), code_of(*create.reverse().ops)
    return f"{created}\n{search.created(feature)}", f"{search.dropped(feature)}\n{dropped}"


def undone(text: str, title: str, revision: str, parent: str | None) -> str:
    """Return the migration that undoes another one, which people may have changed."""
    head, upgrade, downgrade = re.split(r"def (?:upgrade|downgrade)\(\) -> None:\n", text)
    for name, value in {"revision": revision, "down_revision": parent}.items():
        head = re.sub(rf"^({name}:.*) = .*$", rf'\1 = "{value}"', head, flags=re.MULTILINE)
    head = re.sub(r'\A""".*?"""', f'"""{title}"""', head, flags=re.DOTALL)
    return f"{head}{CONTRACT}def upgrade() -> None:\n{downgrade}\n\ndef downgrade() -> None:\n{upgrade}"
