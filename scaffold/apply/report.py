"""What a person sees of a plan and its gates, and what a program reads."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TaskID
from rich.text import Text

from scaffold.apply.plan import Change
from scaffold.spec.feature import Feature

out = Console(soft_wrap=True, highlight=False, emoji=False)
errors = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)
STYLES = {"new": "green", "changed": "yellow", "deleted": "red"}


MANY = 30
"""With more changes than these, deleted files are shown by their folders."""


def show(changes: Sequence[Change], *, diffs: bool) -> None:
    folders = Counter(str(Path(each.path).parent) for each in changes if each.kind == "deleted")
    is_long = len(changes) > MANY and not diffs
    for folder, count in folders.items() if is_long else ():
        out.print(f"  [{STYLES['deleted']}]deleted [/] {folder}/ (files: {count})")
    for change in changes:
        if change.kind != "deleted" or not is_long:
            out.print(f"  [{STYLES[change.kind]}]{change.kind:8}[/] {change.path}")
    for change in changes:
        if diffs and change.diff:
            out.print(change.diff, markup=False)


def as_json(changes: Sequence[Change], seconds: Mapping[str, float]) -> str:
    listed = [{"change": change.kind, "path": change.path} for change in changes]
    return json.dumps({"changes": listed, "seconds": seconds}, indent=2)


class Seconds(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.finished_time or task.elapsed or 0:.1f} s")


def progress() -> Progress:
    """Show a line for each step, with the seconds that it takes."""
    # Not among the results, which may be read by a program.
    spinner = SpinnerColumn(finished_text="[green]✓")
    columns = (spinner, "{task.description:24}", Seconds())
    return Progress(*columns, console=errors, disable=not errors.is_terminal)


def finish(display: Progress, number: TaskID) -> None:
    """Mark the step as done; where nothing can be drawn, as in CI, print its line now."""
    display.update(number, completed=1)
    if display.disable:
        task = display.tasks[display.task_ids.index(number)]
        errors.print(f"✓ {task.description:24} {task.finished_time:.1f} s")


def seconds_of(display: Progress) -> dict[str, float]:
    return {task.description: round(task.finished_time or 0, 2) for task in display.tasks}


@contextmanager
def step(name: str) -> Iterator[None]:
    with progress() as display:
        task = display.add_task(name, total=1)
        yield
        finish(display, task)


def show_features(
    features: Mapping[str, Feature], edited: Mapping[str, Sequence[str]], *, as_json: bool
) -> None:
    if as_json:
        listed = {
            name: {"fields": each.tokens, "edited": edited[name]} for name, each in features.items()
        }
        out.print_json(data=listed)
        return
    for name, feature in features.items():
        out.print(f"[bold]{name}[/] ({feature.shown_as})")
        for token in feature.tokens:
            out.print(f"  {escape(token)}")
        for path in edited[name]:
            out.print(f"  [yellow]changed by hand[/] {path}")


def warn(message: str) -> None:
    if message:
        errors.print(f"[yellow]{escape(message)}[/]")


def fail(message: str, *, code: int) -> NoReturn:
    errors.print(f"[red]{escape(message)}[/]")
    raise SystemExit(code)
