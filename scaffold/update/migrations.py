"""Migrations of a tree that the template's changes are merged into."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from scaffold.apply.tree import Tree
from scaffold.errors import RefusedError
from scaffold.plans.collisions import tables_of_models
from scaffold.plans.settle import joined_heads
from scaffold.spec.records import load_features, record
from scaffold.update.shape import RECORDS, VERSIONS

ALEMBIC = """
import io, json, sys, traceback
answers, said = sys.stdout, io.StringIO()
sys.stdout = sys.stderr = said
from alembic.config import main
for line in sys.stdin:
    error = None
    try:
        main(json.loads(line))
    except Exception:
        error = traceback.format_exc()
    except SystemExit:
        error = said.getvalue()
    said.truncate(said.seek(0))
    print(json.dumps(error), file=answers, flush=True)
"""
"""Runs one command after another: to load the models takes most of the time."""
REVISION = re.compile(r"^revision\b.* = [\"'](.+)[\"']$", re.MULTILINE)
PARENTS = re.compile(r"^(down_revision\b.*) = (.+)$", re.MULTILINE)
CREATED = re.compile(r"\bop\.create_table\(\s*[\"'](\w+)[\"']")


def versions_in(root: Path) -> set[str]:
    return {f"{VERSIONS}/{each.name}" for each in (root / VERSIONS).glob("*.py")}


def revision_of(path: Path) -> str:
    found = REVISION.search(path.read_text(encoding="utf-8"))
    return found[1] if found else ""


def fit(root: Path, brought: Sequence[str], head: str | None) -> None:
    """Let migrations follow the tree's own where it does without their parents.

    One that makes tables that no model has, or that fails on those of the tree, goes: it is about
    tables that the tree does without.
    """
    texts = {path: (root / path).read_bytes().decode() for path in brought}
    for path in brought:
        (root / path).unlink()
    known = {revision_of(root / path) for path in versions_in(root)}
    tables = tables_of_models(Tree(root))
    # SQLite would let a key lead to a table that is not there.
    fitting = {
        path: text for path, text in texts.items() if tables.issuperset(CREATED.findall(text))
    }
    with new_database(root, sys.executable) as refused:
        for path, text in sorted(fitting.items()):
            parents = parents_in(text)
            is_lost = not parents <= known
            new = rf'\1 = "{head}"' if head else r"\1 = None"
            text = PARENTS.sub(new, text) if is_lost else text
            (root / path).write_bytes(text.encode())
            revision = revision_of(root / path)
            if refused("upgrade", revision):
                (root / path).unlink()
                continue
            known.add(revision)
            head = revision if is_lost or head in parents else head


def parents_in(text: str) -> set[str]:
    found = PARENTS.search(text)
    return {*re.findall(r"\w{12}", found[2])} if found else set()


def complete(root: Path, python: str) -> None:
    """Join the heads, and let Alembic write what the models have besides."""
    known = {revision_of(root / path) for path in versions_in(root)}
    for name, feature in load_features(root).items():
        if feature.revision and feature.revision not in known:  # of a part that came back
            (root / RECORDS / f"{name}.toml").write_bytes(record(feature.unmade()).encode())
    for path, text in joined_heads(root).items():
        (root / path).write_bytes(text.encode())
    revision = ("revision", "--autogenerate", "-m", "follow the template")
    with new_database(root, python) as refused:
        error = refused("upgrade", "heads") or (refused("check") and refused(*revision))
    if error:
        raise RefusedError(f"The migrations do not fit the models:\n\n{error}")


@contextmanager
def new_database(root: Path, python: str) -> Iterator[Callable[..., str | None]]:
    """Yield what runs a command of Alembic on it, and returns what Alembic says if it fails."""
    with TemporaryDirectory() as folder:
        environment = os.environ | {"DATABASE_URL": f"sqlite:///{folder}/update.db"}
        with subprocess.Popen(  # noqa: S603  # our own command
            [python, "-c", ALEMBIC],
            cwd=root,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        ) as process:
            answers = process.stdout or iter(())

            def refused(*arguments: str) -> str | None:
                print(json.dumps(arguments), file=process.stdin, flush=True)
                error: str | None = json.loads(next(answers, '"It ended."'))
                return error

            yield refused
