"""Give a checkout of the template the shape of a tree that was made from it.

`shape_checkout` runs this in the checkout, with the generator that is there. An older one has to do:
what is imported here has had these names since capabilities have records.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from scaffold.apply.plan import Plan, carry_out
from scaffold.apply.tree import Tree
from scaffold.edit.registration import MAIN, register, registered
from scaffold.errors import RefusedError
from scaffold.plans import blank
from scaffold.plans.files import files_of
from scaffold.plans.rename import to_rename
from scaffold.spec.feature import Feature
from scaffold.spec.parts import load_parts, with_needs
from scaffold.spec.records import load_features, record

RECORDS, VERSIONS = "scaffold/features", "alembic/versions"
READMES = ("README.md", "scaffold/blank/README.md")


class Shape(NamedTuple):
    keep: Sequence[str]
    leave: Sequence[str]
    is_blank: bool
    name: str | None
    """None if the project has the template's."""
    records: Mapping[str, str]
    """Of features that only the tree has, or has changed."""
    tree: str


def shape_checkout(root: Path, shape: Shape) -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    command = [sys.executable, "-c", source, json.dumps(shape)]
    run = subprocess.run(command, cwd=root, capture_output=True, check=False, encoding="utf-8")  # noqa: S603
    if run.returncode:
        raise RefusedError(run.stderr.strip())


def reduce(checkout: Tree, shape: Shape) -> None:
    """Leave out the same parts, and give the project its name. Migrations stay as they are."""
    vars(blank).update(initial_migration=lambda *_: {})
    if not shape.is_blank:
        vars(blank).update(OF_THE_TEMPLATE=())
    needed = with_needs(shape.keep, load_parts(checkout.root))
    leave = [each for each in shape.leave if each not in needed]
    whole = blank.to_blank(checkout, force=True, keep=shape.keep, leave=leave)
    plan: Plan = {
        path: text
        for path, text in whole.items()
        if not path.startswith(VERSIONS) and (shape.is_blank or path not in READMES)
    }
    carry_out(checkout, plan)
    if shape.name:
        carry_out(checkout, to_rename(checkout, shape.name))


def grow(checkout: Tree, shape: Shape) -> None:
    """Generate the features of these records, as this generator does it."""
    for name, text in shape.records.items():
        checkout.write(f"{RECORDS}/{name}.toml", text)
    tree = Tree(Path(shape.tree))
    features, order = load_features(checkout.root), registered(tree.read(MAIN))
    own = [features[name] for name in shape.records]
    for feature in sorted(own, key=lambda each: [*order, each.plural].index(each.plural)):
        write_feature(checkout, tree, feature, files_of(feature, features))
        if feature.plural in order:
            checkout.write(MAIN, register(checkout.read(MAIN), feature.plural))


def write_feature(checkout: Tree, tree: Tree, feature: Feature, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        if path.startswith(VERSIONS):
            # It stays as it is. What this generator does differently is left to another one.
            if not tree.has(path) or tree.read(path) != text:
                unmade = replace(feature, revision=None, down_revision=None, created=None)
                checkout.write(f"{RECORDS}/{feature.name}.toml", record(unmade))
        elif path not in feature.files and not path.startswith(RECORDS):
            checkout.write(path, text)


def main() -> None:
    checkout, shape = Tree(Path()), Shape(*json.loads(sys.argv[1]))
    reduce(checkout, shape)
    grow(checkout, shape)


if __name__ == "__main__":
    try:
        main()
    except RefusedError as error:
        sys.exit(str(error))
