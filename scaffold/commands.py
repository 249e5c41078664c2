"""What one types after ``python -m scaffold``."""

from typing import Annotated

import typer

from scaffold import field_commands, plans, removal, report
from scaffold.blank import to_blank
from scaffold.errors import RefusedError
from scaffold.fields import SpecError
from scaffold.gates import GateError
from scaffold.options import HERE, NEXT, AsJson, DryRun, Force, Name, Postgres
from scaffold.records import load_features
from scaffold.rename import to_rename
from scaffold.render import files_of
from scaffold.run import Mode, run
from scaffold.spec import parse_feature
from scaffold.tree import Interruption, changing

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # which would make a calendar of :date:
    help="Features of this service.",
)
app.add_typer(field_commands.app, name="field")

UNCHANGED = "Everything is as it was before."


@app.command()
def add(
    name: Name,
    fields: Annotated[list[str], typer.Argument(help="Such as due:date:optional.")],
    plural: Annotated[str | None, typer.Option(help="If it is not made by an s.")] = None,
    unique: Annotated[list[str] | None, typer.Option(help="Fields unique together: a,b")] = None,
    sort: Annotated[str | None, typer.Option(help="How lists are sorted: -id")] = None,
    owned: Annotated[bool, typer.Option("--owned", help="Rows belong to users.")] = False,
    postgres: Postgres = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Write a feature and prove it; nothing is left to edit."""
    groups = [group.split(",") for group in unique or []]
    feature = parse_feature(name, fields, plural=plural, unique=groups, sort=sort, owned=owned)
    mode = Mode(postgres, dry_run, as_json)
    run(HERE, lambda tree: plans.to_add(tree, feature), mode, f"{name} is there. {NEXT}")


@app.command()
def remove(
    name: Name,
    force: Force = False,
    postgres: Postgres = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take a feature away. If its migration has been applied, write one that drops the table."""
    mode = Mode(postgres, dry_run, as_json)
    run(HERE, lambda tree: removal.to_remove(tree, name, force=force), mode, f"{name} is gone.")


@app.command("list")
def list_features(as_json: AsJson = False) -> None:
    """The features, and which of their files were changed by hand."""
    with changing(HERE) as tree:
        features = load_features(HERE)
        edited = {
            name: removal.edited(tree, each, files_of(each, features))
            for name, each in features.items()
        }
    report.show_features(features, edited, as_json=as_json)


@app.command()
def blank(
    without_access: Annotated[
        bool, typer.Option("--without-access", help="Nor users, tokens and logins.")
    ] = False,
    force: Force = False,
    postgres: Postgres = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Remove every example; the history of migrations begins anew."""
    mode = Mode(postgres, dry_run, as_json)
    done = "The tree is blank. Delete databases of before, such as service.db."
    if without_access:
        done += "\nIt needs fewer packages: run [bold]make lock[/]."
    run(HERE, lambda tree: to_blank(tree, force=force, access=not without_access), mode, done)


@app.command()
def rename(name: str, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Give the project a name: in its project file, README and settings."""
    mode = Mode(dry_run=dry_run, as_json=as_json)
    run(HERE, lambda tree: to_rename(tree, name), mode, f"The project is {name}.")


def main() -> None:
    try:
        app()
    except (SpecError, RefusedError) as error:
        report.fail(str(error), code=2)
    except GateError as error:
        report.fail(f"{error}\n\n{UNCHANGED}", code=1)
    except Interruption as error:
        report.fail(f"{error} {UNCHANGED}", code=130)
