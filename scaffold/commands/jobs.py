"""Kinds of jobs: ``python -m scaffold job``."""

from collections.abc import Sequence

import click

from scaffold.apply.gates import Gate
from scaffold.apply.plan import Plan
from scaffold.apply.run import Mode, gates_of_addition, run
from scaffold.apply.tree import Tree
from scaffold.commands.features import warn_of_secrets
from scaffold.commands.options import HERE, with_mode
from scaffold.plans.add import to_add
from scaffold.spec.kinds import KINDS
from scaffold.spec.parse import parse_job


@click.command(epilog=f"Types: {', '.join(KINDS)}. See docs/jobs.md and docs/features.md.")
@click.argument("name", help="The kind of jobs, such as resize_images.")
@click.argument("fields", nargs=-1, required=True, help="name:type:modifiers, as in width:int.")
@with_mode
def job(name: str, fields: Sequence[str], mode: Mode) -> None:
    """Add a kind of jobs, and keep it only if its checks pass.

    A kind is what its jobs are given, the code that runs them, the route that starts them, and
    tests. It needs no table.
    """
    kind = parse_job(name, fields)
    warn_of_secrets(kind)
    path = next(iter(kind.code_paths))
    done = f"{name} is added. Write the work of your own into [bold]{path}[/]."
    run(HERE, lambda tree: to_add(tree, kind), mode, done, gates_without_migrations)


def gates_without_migrations(tree: Tree, plan: Plan, mode: Mode) -> Sequence[Gate]:
    gates = gates_of_addition(tree, plan, mode)
    return [each for each in gates if not each.name.startswith("migrations")]
