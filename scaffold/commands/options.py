"""What the commands share."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path

import click

from scaffold.apply.run import Mode

HERE = Path()
NEXT = "Apply the migration with [bold]make run[/] or [bold]alembic upgrade head[/]."

name = click.argument("name", help="The feature in the singular, such as invoice.")
force = click.option("--force", is_flag=True, help="Delete files that you have changed, too.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
unique = click.option("--unique", multiple=True, metavar="A,B", help="Unique together.")
checks = click.option("--check", "checks", multiple=True, metavar="RULE", help="'ends > starts'.")
sort = click.option("--sort", metavar="[-]FIELD", help="The order of lists; -id: newest first.")
owned = click.option("--owned", is_flag=True, help="A row belongs to the user who created it.")
postgres = click.option("--postgres", is_flag=True, help="Run the checks on PostgreSQL, too.")
dry_run = click.option("--dry-run", is_flag=True, help="Show the plan and write nothing.")


def with_mode(command: Callable[..., None]) -> Callable[..., None]:
    """Give the command the options of all that change the tree, as one mode."""

    @postgres
    @dry_run
    @as_json
    @wraps(command)
    def call(*, postgres: bool, dry_run: bool, as_json: bool, **arguments: object) -> None:
        command(**arguments, mode=Mode(postgres, dry_run, as_json))

    return call
