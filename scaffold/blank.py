"""A tree without features, whose history begins with what remains."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from scaffold.errors import RefusedError
from scaffold.plans import VERSIONS, Plan, edited, registrations
from scaffold.register import unregister
from scaffold.render import files_of
from scaffold.spec import load_features
from scaffold.tree import Tree

README = "README.md"
REVISION = ("alembic", "revision", "--autogenerate", "-m", "create tables")


def to_blank(tree: Tree, *, force: bool) -> Plan:
    features = load_features(tree.root)
    if not features:
        return {}
    files: dict[str, str] = {}
    texts = registrations(tree)
    for feature in features.values():
        files |= files_of(feature, features)
        texts = unregister(texts, feature.name, feature.plural)
    if (changed := edited(tree, files)) and not force:
        raise RefusedError(f"Changed by hand, so removed only with --force: {', '.join(changed)}.")
    migrations = [str(each.relative_to(tree.root)) for each in tree.root.glob(f"{VERSIONS}*.py")]
    gone = [path for path in {**files, **dict.fromkeys(migrations)} if tree.has(path)]
    readme = without_tour_of(gone, tree.read(README))
    plan: Plan = {**dict.fromkeys(gone), **texts, README: readme}
    return plan | initial_migration(tree.root, plan)


def without_tour_of(paths: Sequence[str], readme: str) -> str:
    """The tour of the tree leads to no module that is gone."""
    for path in paths:
        inside = re.escape(path.removeprefix("src/"))
        readme = re.sub(rf"^  {inside} .*\n", "", readme, flags=re.MULTILINE)
        readme = re.sub(rf"(?<=\w\.py), {re.escape(Path(path).name)}\b", "", readme)
    return readme


def initial_migration(root: Path, plan: Plan) -> Plan:
    """As Alembic writes it in the tree that the plan leads to."""
    with TemporaryDirectory() as folder:
        for each in ("src", "alembic"):
            shutil.copytree(root / each, Path(folder, each))
        for each in ("alembic.ini", "pyproject.toml"):
            shutil.copy(root / each, folder)
        for path, text in plan.items():
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            if text is not None:
                target.write_bytes(text.encode())
        environment = os.environ | {"DATABASE_URL": f"sqlite:///{folder}/empty.db"}
        command = [sys.executable, "-m", *REVISION]
        subprocess.run(  # noqa: S603  # our own command
            command, cwd=folder, env=environment, check=True, capture_output=True
        )
        (written,) = Path(folder, VERSIONS).glob("*.py")
        return {f"{VERSIONS}{written.name}": written.read_text()}
