"""From a plan to proven files, or to none."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scaffold import report
from scaffold.gates import gates_for, prove
from scaffold.plans import Plan
from scaffold.report import Change
from scaffold.tree import Tree, changing


@dataclass(frozen=True)
class Mode:
    postgres: bool = False
    dry_run: bool = False
    as_json: bool = False


def run(root: Path, make_plan: Callable[[Tree], Plan], mode: Mode, done: str) -> None:
    """Raise if the plan cannot be made, carried out or proven, and then change nothing."""
    started = time.monotonic()
    with changing(root) as tree:
        plan = make_plan(tree)
        changes = list(changes_of(tree, plan))
        seconds = {"plan": time.monotonic() - started}
        if not mode.as_json:
            report.show(changes, diffs=mode.dry_run)
        if changes and not mode.dry_run:
            carry_out(tree, plan)
            seconds |= proven(tree, plan, postgres=mode.postgres)
    if mode.as_json:
        report.out.print_json(report.as_json(changes, seconds))
    elif not changes:
        report.out.print("It is so already: nothing has changed.")
    elif not mode.dry_run:
        report.out.print(f"{done} ({time.monotonic() - started:.1f} s)")


def carry_out(tree: Tree, plan: Plan) -> None:
    for path, text in plan.items():
        if text is None:
            tree.delete(path)
        else:
            tree.write(path, text)


def proven(tree: Tree, plan: Plan, *, postgres: bool) -> dict[str, float]:
    """The seconds that each gate took."""
    gates = gates_for([path for path in plan if tree.has(path)], postgres=postgres)
    with report.progress([gate.name for gate in gates]) as passed:
        return prove(tree.root, gates, passed)


def changes_of(tree: Tree, plan: Plan) -> Iterator[Change]:
    for path, text in plan.items():
        before = tree.read(path) if tree.has(path) else None
        if before == text:
            continue
        kind = "new" if before is None else "deleted" if text is None else "changed"
        yield Change(kind, path, before or "", text or "")
