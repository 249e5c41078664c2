"""The command line: ``python -m scaffold``."""

import os
import sys
import traceback
import warnings
from importlib import import_module
from pathlib import Path

import click

from scaffold.apply import report
from scaffold.apply.gates import GateError
from scaffold.apply.journal import UnrestoredError
from scaffold.apply.tree import Interruption
from scaffold.commands.options import HERE
from scaffold.edit.registration import MAIN
from scaffold.errors import RefusedError

UNCHANGED = "Everything is as it was before."

COMMANDS = {
    "add": "features.add",
    "job": "jobs.job",
    "ingest": "sinks.ingest",
    "remove": "features.remove",
    "list": "features.list_features",
    "field": "fields.field_commands",
    "feature": "fields.feature_commands",
    "blank": "whole.blank",
    "rename": "whole.rename",
    "merge": "whole.merge",
    "update": "update.update",
    "docs": "whole.docs",
}


class Commands(click.Group):
    """Imports a command when it is called: a mistake is told at once."""

    def list_commands(self, _: click.Context) -> list[str]:
        return [*COMMANDS]

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, command = COMMANDS[name].split(".")
        found: click.Command = getattr(import_module(f"scaffold.commands.{module}"), command)
        return found


app = Commands(help="Add, change and remove features of this service.")


def main() -> None:
    for stream in (sys.stdout, sys.stderr):  # a locale may lack some of our characters
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # of whatever class
    warnings.showwarning = lambda message, *_: report.warn(str(message))
    try:
        if not (HERE / MAIN).exists():
            raise RefusedError(f"There is no {MAIN} here: run it in the folder of the project.")
        app(prog_name="python -m scaffold")
    except RefusedError as error:
        report.fail(str(error), code=2)
    except GateError as error:
        report.fail(f"{error}\n\n{UNCHANGED}", code=1)
    except UnrestoredError as error:
        report.fail(f"{error.__context__ or ''}\n\n{error}".strip(), code=2)
    except (
        SyntaxError
    ) as error:  # of a module of the service, such as a conflict that Git has marked
        place = f"{os.path.relpath(error.filename or MAIN)}:{error.lineno}"
        report.fail(f"{place}: {error.msg}. Mend it, and try again. {UNCHANGED}", code=2)
    except OSError as error:
        report.fail(f"{error}. {UNCHANGED}", code=2)
    except Interruption as error:
        report.fail(f"{error} {UNCHANGED}", code=130)
    except Exception as error:
        if not (place := place_in_service(error)):
            raise
        fault = f"{type(error).__name__}: {error}"
        report.fail(f"{place}: {fault}. Mend it, and try again. {UNCHANGED}", code=2)


def place_in_service(error: Exception) -> str:
    """Return the line of a module of the service that cannot be imported; "" for other errors."""
    place, frames = "", traceback.extract_tb(error.__traceback__)
    for path, line, name, _ in frames:
        if Path(path).is_relative_to(HERE.resolve() / "scaffold"):
            place = ""
        elif Path(path).is_relative_to(HERE.resolve() / "src") and (place or name == "<module>"):
            place = f"{os.path.relpath(path)}:{line}"
    return place
