"""What the commands share."""

from pathlib import Path
from typing import Annotated

import typer

HERE = Path()
NEXT = "Apply the migration with [bold]alembic upgrade head[/]."

Name = Annotated[str, typer.Argument(help="In the singular, such as invoice.")]
Postgres = Annotated[bool, typer.Option("--postgres", help="Prove it on PostgreSQL too.")]
Force = Annotated[bool, typer.Option("--force", help="Even if files were changed by hand.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan, write nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with JSON.")]
