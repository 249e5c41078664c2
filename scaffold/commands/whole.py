"""Commands that concern the whole tree."""

from collections.abc import Sequence

import click

from scaffold.apply import report
from scaffold.apply.gates import Gate, blank_gates, lock_gate
from scaffold.apply.plan import Plan
from scaffold.apply.run import Mode, run
from scaffold.apply.tree import Tree
from scaffold.commands.options import HERE, force, with_mode
from scaffold.edit.git import conflicts_in, require_commit, stage
from scaffold.plans.blank import PROJECT, to_blank
from scaffold.plans.rename import to_rename
from scaffold.plans.settle import to_settle


@click.command()
@click.option("--with", "kept", multiple=True, metavar="PART", help="Keep this part and its needs.")
@click.option("--without", "left", multiple=True, metavar="PART", help="Leave this part out.")
@force
@with_mode
def blank(kept: Sequence[str], left: Sequence[str], force: bool, mode: Mode) -> None:
    """Remove the template's examples and its workshop. Your own features stay.

    The history of migrations begins anew. A part is a capability, such as metrics, or a feature.
    """
    run(
        HERE,
        lambda tree: to_blank(tree, force=force, keep=kept, leave=left),
        mode,
        "The tree is blank. Delete old databases, such as service.db.",
        gates_of_blank,
    )


def gates_of_blank(tree: Tree, plan: Plan, mode: Mode) -> Sequence[Gate]:
    gates = blank_gates(tree.root, postgres=mode.postgres)
    if PROJECT in plan and tree.has("Makefile") and "\nlock:" in tree.read("Makefile"):
        for path in tree.root.glob("requirements*.txt"):
            tree.keep(str(path.relative_to(tree.root)))
        gates.append(lock_gate())
    return gates


@click.command()
@click.argument("name", help='Such as "Book store".')
@with_mode
def rename(name: str, mode: Mode) -> None:
    """Rename the project."""
    run(HERE, lambda tree: to_rename(tree, name), mode, f"The project is now called {name}.")


@click.command()
@with_mode
def merge(mode: Mode) -> None:
    """Settle the conflicts of git merge if both branches add features."""
    require_commit(HERE)
    conflicts = conflicts_in(HERE)
    done = "The branches are merged. Conclude with [bold]git commit[/]."
    changed = run(HERE, to_settle, mode, done)
    if changed and not mode.dry_run:
        stage(HERE, [*conflicts, *changed])


@click.command()
def docs() -> None:
    """Write the tables of settings and make targets into their pages."""
    from scaffold.docs import write_tables  # imports the whole service

    for path in write_tables(HERE):
        report.out.print(f"  changed  {path}")
