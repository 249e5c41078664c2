"""Commands to run by hand or by a timer: ``python -m src.commands --help``."""

import sys
from importlib import import_module
from pkgutil import iter_modules

import click
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from src import commands
from src.core.errors import DomainError
from src.core.remedies import for_operators
from src.core.settings import get_settings


def found() -> click.Group:
    """Collect the commands of all modules of the package."""
    names = [each.name for each in iter_modules(commands.__path__) if each.name != "__main__"]
    modules = [import_module(f"{commands.__name__}.{name}") for name in sorted(names)]
    values = [value for module in modules for value in vars(module).values()]
    return click.Group(commands=[each for each in values if isinstance(each, click.Command)])


def main(arguments: list[str] | None = None) -> None:
    try:
        found()(arguments, prog_name="python -m src.commands")
    except ValidationError as error:
        first = error.errors()[0]
        sys.exit(f"{first['loc'][0]}: {first['msg']}")
    except (DomainError, DBAPIError) as error:
        sys.exit(for_operators(error, get_settings().database_url))


if __name__ == "__main__":
    main()
