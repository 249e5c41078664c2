"""What a person sees of a plan and its gates, and what a program reads."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import unified_diff
from typing import NamedTuple, NoReturn

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn

from scaffold.spec import Feature

out = Console(soft_wrap=True, highlight=False, emoji=False)
errors = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)
STYLES = {"new": "green", "changed": "yellow", "deleted": "red"}


class Change(NamedTuple):
    kind: str
    path: str
    before: str
    after: str

    @property
    def diff(self) -> str:
        before, after = self.before.splitlines(), self.after.splitlines()
        return "\n".join(unified_diff(before, after, self.path, self.path, n=2, lineterm=""))


def show(changes: Sequence[Change], *, diffs: bool) -> None:
    for change in changes:
        out.print(f"  [{STYLES[change.kind]}]{change.kind:8}[/] {change.path}")
    for change in changes:
        if diffs and change.kind == "changed":
            out.print(change.diff, markup=False)


def as_json(changes: Sequence[Change], seconds: Mapping[str, float]) -> str:
    listed = [{"change": change.kind, "path": change.path} for change in changes]
    rounded = {name: round(each, 2) for name, each in seconds.items()}
    return json.dumps({"changes": listed, "seconds": rounded}, indent=2)


@contextmanager
def progress(names: Sequence[str]) -> Iterator[Callable[[str, float], None]]:
    """A line for each name, with the seconds it took once it has passed."""
    columns = (SpinnerColumn(finished_text="[green]✓"), "{task.description}", "{task.fields[took]}")
    # Not among the results, which may be read by a program.
    with Progress(*columns, console=errors) as display:
        tasks = {name: display.add_task(f"{name:24}", total=1, took="") for name in names}

        def passed(name: str, seconds: float) -> None:
            display.update(tasks[name], completed=1, took=f"{seconds:.1f} s")

        yield passed


def show_features(
    features: Mapping[str, Feature], edited: Mapping[str, Sequence[str]], *, as_json: bool
) -> None:
    if as_json:
        listed = {
            name: {"fields": [*map(str, each.fields)], "edited": edited[name]}
            for name, each in features.items()
        }
        out.print_json(data=listed)
        return
    for name, feature in features.items():
        out.print(f"[bold]{name}[/] ({feature.plural})")
        for field in feature.fields:
            out.print(f"  {escape(str(field))}")
        for path in edited[name]:
            out.print(f"  [yellow]changed by hand[/] {path}")


def fail(message: str, *, code: int) -> NoReturn:
    errors.print(f"[red]{escape(message)}[/]")
    raise SystemExit(code)
