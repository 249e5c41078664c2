"""How far one request and one command travel: files, and moves from one file to another."""

import io
import logging
import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import FrameType
from unittest.mock import patch

from tests.apps import client_of, make_settings, running
from tests.fixtures import PLUGINS

PROJECTS = "/api/v1/projects"
ADD = ["add", "invoice", "number:str:unique", "amount:decimal:12,2", "due:date:optional"]


async def show() -> None:
    for name in PLUGINS:  # the fixtures of a capability bring its settings and its rows
        import_module(name)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):  # logs are part of the journey, unseen
            handler.setStream(io.StringIO())
    get, post = await requests()
    print(f"one GET: {told(get)}")
    print(f"one POST with Idempotency-Key: {told(post)}")
    print(f"one scaffold add, planned: {told(add())}")


async def requests() -> tuple[list[str], list[str]]:
    async with running(make_settings("sqlite://")) as app, client_of(app) as client:
        for number in range(3):  # the first ones fill the caches
            key = {"Idempotency-Key": f"key {number}"}
            with travelled("src") as post:
                body = {"name": f"project {number}"}
                answer = await client.post(PROJECTS, json=body, headers=key)
            with travelled("src") as get:
                await client.get(answer.headers["location"])
    return get, post


def add() -> list[str]:
    with (
        patch.object(sys, "argv", ["scaffold", *ADD, "--dry-run"]),
        redirect_stdout(io.StringIO()),
        travelled("scaffold") as trail,
        suppress(SystemExit),
    ):
        runpy.run_module("scaffold", run_name="__main__")
    return trail


def told(trail: list[str]) -> str:
    moves = sum(here != there for here, there in pairwise(trail))
    return f"{len(set(trail))} files, {moves} moves"


@contextmanager
def travelled(part: str) -> Iterator[list[str]]:
    """Note the file of each call in this thread that leads into a part of the tree."""
    root, trail = f"{Path(part).resolve()}/", list[str]()

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        # A module's own code runs when it is imported, which is no part of the journey.
        if event == "call" and code.co_filename.startswith(root) and code.co_name != "<module>":
            trail.append(code.co_filename)

    sys.setprofile(note)
    try:
        yield trail
    finally:
        sys.setprofile(None)
