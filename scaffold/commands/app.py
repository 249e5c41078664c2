"""The command line: ``python -m scaffold``."""

import click

from scaffold.apply import report
from scaffold.apply.gates import GateError
from scaffold.apply.tree import Interruption
from scaffold.commands import features, whole
from scaffold.commands.fields import field_commands
from scaffold.errors import RefusedError

UNCHANGED = "Everything is as it was before."

app = click.Group(
    help="Add, change and remove features of this service.",
    commands=[
        features.add,
        features.remove,
        features.list_features,
        field_commands,
        whole.blank,
        whole.rename,
        whole.merge,
        whole.docs,
    ],
)


def main() -> None:
    try:
        app(prog_name="python -m scaffold")
    except RefusedError as error:
        report.fail(str(error), code=2)
    except GateError as error:
        report.fail(f"{error}\n\n{UNCHANGED}", code=1)
    except Interruption as error:
        report.fail(f"{error} {UNCHANGED}", code=130)
