"""The command line: ``python -m scaffold``."""

import typer

from scaffold.apply import report
from scaffold.apply.gates import GateError
from scaffold.apply.tree import Interruption
from scaffold.commands import features, fields, whole
from scaffold.errors import RefusedError, SpecError

UNCHANGED = "Everything is as it was before."

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # which would make a calendar of :date:
    help="Features of this service.",
)
app.command()(features.add)
app.command()(features.remove)
app.command("list")(features.list_features)
app.add_typer(fields.app, name="field")
for command in (whole.blank, whole.rename, whole.merge, whole.docs):
    app.command()(command)


def main() -> None:
    try:
        app()
    except (SpecError, RefusedError) as error:
        report.fail(str(error), code=2)
    except GateError as error:
        report.fail(f"{error}\n\n{UNCHANGED}", code=1)
    except Interruption as error:
        report.fail(f"{error} {UNCHANGED}", code=130)
