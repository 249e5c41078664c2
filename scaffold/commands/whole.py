"""Commands that concern the whole tree."""

import sys
from collections.abc import Sequence
from shlex import quote
from typing import Annotated

import typer

from scaffold.apply import report
from scaffold.apply.gates import Gate, blank_gates
from scaffold.apply.plan import Plan
from scaffold.apply.run import Mode, run
from scaffold.apply.tree import Tree
from scaffold.commands.options import HERE, AsJson, DryRun, Force, Postgres
from scaffold.edit.git import conflicts_in, stage
from scaffold.plans.blank import PROJECT, to_blank
from scaffold.plans.rename import to_rename
from scaffold.plans.settle import to_settle


def blank(
    with_: Annotated[
        list[str] | None, typer.Option("--with", help="Keep this part and all that it needs.")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="Leave out this capability, such as access.")
    ] = None,
    force: Force = False,
    postgres: Postgres = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Remove every example and the workshop; the history of migrations begins anew."""
    run(
        HERE,
        lambda tree: to_blank(tree, force=force, keep=with_ or (), leave=without or ()),
        Mode(postgres, dry_run, as_json),
        "The tree is blank. Delete databases of before, such as service.db.",
        gates_of_blank,
    )


def gates_of_blank(tree: Tree, plan: Plan, mode: Mode) -> Sequence[Gate]:
    gates = blank_gates(tree.root, postgres=mode.postgres)
    if PROJECT in plan and tree.has("Makefile") and "\nlock:" in tree.read("Makefile"):
        for path in tree.root.glob("requirements*.txt"):
            tree.keep(str(path.relative_to(tree.root)))
        lock = f"make --silent lock VENV={quote(sys.prefix)}"
        # Fewer packages are locked from the cache of those that were there; else from the registry.
        gates.append(Gate("locks", ["sh", "-c", f"UV_OFFLINE=1 {lock} 2>/dev/null || {lock}"]))
    return gates


def rename(name: str, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Give the project a name: in its project file, README and settings."""
    mode = Mode(dry_run=dry_run, as_json=as_json)
    run(HERE, lambda tree: to_rename(tree, name), mode, f"The project is {name}.")


def merge(postgres: Postgres = False, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Settle what `git merge` leaves open if both branches have new features."""
    conflicts = conflicts_in(HERE)
    done = "The branches are one: commit them with [bold]git commit[/]."
    changed = run(HERE, to_settle, Mode(postgres, dry_run, as_json), done)
    if conflicts and not dry_run:
        stage(HERE, [*conflicts, *changed])


def docs() -> None:
    """Write the tables of settings and of make targets into their pages."""
    from scaffold.docs import write_tables  # imports the whole service

    for path in write_tables(HERE):
        report.out.print(f"  changed  {path}")
