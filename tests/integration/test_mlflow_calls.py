"""The page names each call that is supported, and each that is refused."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute

from src.api.capability import Capability
from src.api.mlflow import mlflow
from src.api.mlflow_routing import ARTIFACTS, PREFIX
from src.api.routes.mlflow_others import REFUSED
from src.core.observer import Observer
from src.main import create_app
from tests.apps import client_of, make_settings
from tests.integration.test_mlflow_registry import UNSUPPORTED
from tests.mlflow import CALLS, failure

PAGE = Path("docs/mlflow.md").read_text(encoding="utf-8")
CALL = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) ([^`]+)`")
WITHOUT = "/api/{version}/"
"""The beginning of the paths of calls that nobody else has answered."""


def routes_of(routers: Any) -> Iterator[str]:
    for router in routers:
        assert isinstance(router, APIRouter)
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods or ():
                yield f"{method} {route.path}"


def test_page_has_all_calls_and_no_others() -> None:
    table = PAGE.partition("## Calls")[2].partition("All other calls")[0]
    tracking, _, others = table.partition("below `/api/2.0/mlflow-artifacts`")
    named = {
        f"{method} {path if path.startswith('/') else f'{prefix}/{path}'}"
        for text, prefix in ((tracking, PREFIX), (others, ARTIFACTS))
        for method, path in CALL.findall(text)
    }

    there = {each for each in routes_of(mlflow.outside) if WITHOUT not in each}

    assert named == {each for each in there if "/mpu/" not in each and "/presigned/" not in each}


def test_page_has_all_refused_calls() -> None:
    table = PAGE.partition("| refused | instead |")[2].partition("\n\n")[0]
    first = "".join(row.split("|")[1] for row in table.splitlines()[2:])

    assert set(re.findall(r"`([^`]+)`", first)) == set(REFUSED)


class Recorder(Observer):
    def __init__(self) -> None:
        self.reasons: list[str] = []

    def refused(self, reason: str) -> None:
        self.reasons.append(reason)


async def test_refused_calls_are_counted() -> None:
    recorder = Recorder()
    counting = Capability(name="counting", observers=[recorder])

    async with client_of(create_app(make_settings("sqlite://"), [mlflow, counting])) as client:
        response = await client.post(f"{CALLS}/traces/search")

    assert failure(response) == UNSUPPORTED
    assert recorder.reasons == ["mlflow"]
