"""Options of the commands that read streams."""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec

import click

from src.ingestion.sink import AnySink, found

SOURCE, CONSUMER = 250, 100
"""Characters of the names of a source and of a consumer."""


class Name(click.ParamType[str]):
    """A text of which positions and dead letters can be kept."""

    name = "text"

    def __init__(self, most: int) -> None:
        self._most = most

    def convert(
        self, value: str, param: click.Parameter | None = None, ctx: click.Context | None = None
    ) -> str:
        if len(value) > self._most:
            self.fail(f"has over {self._most} characters", param, ctx)
        try:
            value.encode()
        except UnicodeEncodeError:
            self.fail("is no text of UTF-8", param, ctx)
        return value


def with_consumer[Command: Callable[..., None]](command: Command) -> Command:
    sink = click.option(
        "--sink", "sink_name", help="What the records are; may be left out if there is one sink."
    )
    consumer = click.option(
        "--consumer",
        type=Name(CONSUMER),
        help="The name under which positions are kept; by default that of the sink. Another name "
        "reads the stream once more.",
    )
    return sink(consumer(command))


def need(module: str) -> None:
    if find_spec(module) is None:
        sys.exit(f"This needs a package with the module {module}: see docs/ingestion.md")


def share_in(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})", text, re.ASCII)
    if found is None or int(found[1]) > int(found[2]):
        raise click.BadParameter("Write it as 1/3, 2/3 and 3/3.", param_hint="--share")
    return int(found[1]), int(found[2])


def options_in(lines: Iterable[str]) -> Mapping[str, str]:
    """Read options as Kafka's own commands do."""
    pairs = (each.strip().partition("=") for each in lines if not each.startswith("#"))
    try:
        return {name.strip(): value.strip() for name, _, value in pairs if name}
    except UnicodeDecodeError:
        raise click.BadParameter("Save this file as UTF-8.", param_hint="--config") from None


def sink_of(name: str | None) -> tuple[str, AnySink]:
    """Return the sink of this name, or the only one."""
    sinks = found()
    if name is None and len(sinks) == 1:
        return next(iter(sinks.items()))
    if name in sinks:
        return name, sinks[name]
    listed = ", ".join(sinks) or "none: write one with python -m scaffold ingest"
    raise click.BadParameter(f"There is {listed}.", param_hint="--sink")
