"""From a plan to proven files, or to none."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scaffold.apply import report
from scaffold.apply.gates import Gate, gates_for, prove
from scaffold.apply.plan import Plan, carry_out, changes_of
from scaffold.apply.tree import Tree, changing, looking
from scaffold.spec.records import load_features


@dataclass(frozen=True)
class Mode:
    postgres: bool = False
    dry_run: bool = False
    as_json: bool = False


type MakeGates = Callable[[Tree, Plan, Mode], Sequence[Gate]]


def usual_gates(tree: Tree, plan: Plan, mode: Mode) -> Sequence[Gate]:
    """Return what has to hold of the written files, and the tests that people have added to their
    features: no type says that a rule names a field that is gone.
    """
    features = load_features(tree.root).values()
    added = {path for each in features if plan.keys() & each.code_paths for path in each.files}
    paths = [*plan, *sorted(path for path in added - plan.keys() if path.startswith("tests/"))]
    return gates_for([path for path in paths if tree.has(path)], postgres=mode.postgres)


def gates_of_addition(_: Tree, plan: Plan, mode: Mode) -> Sequence[Gate]:
    return gates_for([*plan], postgres=mode.postgres, alone=True)


def run(
    root: Path,
    make_plan: Callable[[Tree], Plan],
    mode: Mode,
    done: str,
    make_gates: MakeGates = usual_gates,
) -> list[str]:
    """Return the changed files.

    Raise if the plan cannot be made, carried out or proven, and then change nothing.
    """
    started = time.monotonic()
    with (looking if mode.dry_run else changing)(root) as tree:
        report.warn(tree.notice)
        plan = make_plan(tree)
        changes = list(changes_of(tree, plan))
        seconds = {"plan": round(time.monotonic() - started, 2)}
        if not mode.as_json:
            report.show(changes, diffs=mode.dry_run)
        if changes and not mode.dry_run:
            carry_out(tree, plan)
            seconds |= prove(root, make_gates(tree, plan, mode))
    if mode.as_json:
        report.out.print_json(report.as_json(changes, seconds))
    elif not changes:
        report.out.print("Nothing to change.")
    elif not mode.dry_run:
        report.out.print(f"{done} ({time.monotonic() - started:.1f} s)")
    return [change.path for change in changes]
