"""A tree without examples, whose history begins with what remains."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from scaffold.access import without_access
from scaffold.errors import RefusedError
from scaffold.plans import VERSIONS, Plan, access_in, registrations, without_migration
from scaffold.records import FOLDER, load_features, record
from scaffold.register import unregister
from scaffold.removal import own_files, refuse_edited
from scaffold.render import files_of
from scaffold.spec import Feature
from scaffold.tree import Tree

README = "README.md"
EXAMPLE, INSTEAD = "<!-- example -->", "<!-- in a blank tree:"
PASSAGE = re.compile(rf"{EXAMPLE}((?!{EXAMPLE}).)*?{INSTEAD}\s*(?P<instead>.*?)-->\r?\n", re.DOTALL)
REVISION = ("alembic", "revision", "--autogenerate", "-m", "create tables")


def to_blank(tree: Tree, *, force: bool, access: bool = True) -> Plan:
    features = load_features(tree.root)
    of_access = access_in(features)
    kept = {name: each for name, each in features.items() if access and name in of_access}
    going = {name: each for name, each in features.items() if name not in kept}
    if not going:
        return {}
    texts = {**registrations(tree), README: without_examples(tree.read(README))}
    gone = {str(each.relative_to(tree.root)) for each in tree.root.glob(f"{VERSIONS}*.py")}
    for feature in going.values():
        files = files_of(feature, features)
        refuse_edited(tree, feature, files, force=force)
        gone |= {*files, *own_files(feature, kept.values())}
        if feature.name not in of_access:  # whose lines are among those of the patch
            texts |= unregister(texts, feature.name, feature.plural)
    if of_access & going.keys():
        texts |= without_access(tree, texts)
    plan: Plan = {path: None for path in sorted(gone) if tree.has(path)}
    plan |= texts | {f"{FOLDER}/{name}.toml": unmigrated(each) for name, each in kept.items()}
    return plan | initial_migration(tree.root, plan)


def unmigrated(feature: Feature) -> str:
    by_hand = tuple(each for each in feature.by_hand if not each.startswith(VERSIONS))
    return record(replace(without_migration(feature), by_hand=by_hand))


def without_examples(readme: str) -> str:
    """What speaks of features gives way to what its end has for a tree without any."""
    text = PASSAGE.sub(r"\g<instead>", readme)
    if EXAMPLE in text or INSTEAD in text:
        raise RefusedError(f"{README}: let each `{EXAMPLE}` end with `{INSTEAD} ... -->`.")
    return text


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
