"""Kinds with the code that runs their jobs."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

from pydantic import BaseModel

from src.jobs import kinds
from src.jobs.work import Work
from src.schemas.job import Kind
from src.services.job_following import Follow, Followers

type Run[Payload: BaseModel] = Callable[[Work[Payload]], Awaitable[BaseModel | None]]
type AnyHandler = Handler[Any]


@dataclass(frozen=True)
class Handler[Payload: BaseModel]:
    kind: Kind[Payload]
    run: Run[Payload]
    """Does the work and returns the result, unless `Work.succeed` has written it."""
    schedule: str | None = None
    """A cron expression in UTC, at whose times a job of nobody is enqueued."""
    follow: Follow | None = None
    """Changes what depends on a job that fails, is cancelled, or is queued again by its owner."""


def found() -> dict[str, AnyHandler]:
    """Return the handlers of all modules of the package, by their kinds' names."""
    names = sorted(each.name for each in iter_modules(kinds.__path__))
    modules = [import_module(f"{kinds.__name__}.{name}") for name in names]
    values = [value for module in modules for value in vars(module).values()]
    return by_name(each for each in values if isinstance(each, Handler))


def by_name(handlers: Iterable[AnyHandler]) -> dict[str, AnyHandler]:
    return {each.kind.name: each for each in handlers}


def followers_of(handlers: Iterable[AnyHandler]) -> Followers:
    return {each.kind.name: each.follow for each in handlers if each.follow}


def missing_packages(kind: Kind[Any]) -> list[str]:
    return [each for each in kind.packages if not _can_be_imported(each)]


def _can_be_imported(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of the package that it is in
        return False
