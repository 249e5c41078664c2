"""Everything that a capability may bring, tested with one that exists only here."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from httpx import AsyncClient

from src.api.capability import Capability, settings_with
from src.api.paths import API
from src.api.service import Service
from src.core.errors import DomainError, ForbiddenError
from src.core.observer import Observer
from src.core.safety import refuse_hazards
from src.core.settings import Settings
from src.main import create_app
from tests.api import assert_problem
from tests.apps import client_of

EVENTS: list[str] = []


class ParrotSettings(Settings):
    parrot_word: str = "hello"

    def hazards(self) -> Iterator[str]:
        yield from super().hazards()
        if self.parrot_word == "secret":
            yield "PARROT_WORD=secret is repeated to everybody"


async def forbid_crows(x_bird: str = Header("parrot")) -> None:
    if x_bird == "crow":
        msg = "No crows."
        raise ForbiddenError(msg)


@asynccontextmanager
async def awake(service: Service) -> AsyncIterator[None]:
    EVENTS.append(service.settings_of(ParrotSettings).parrot_word)
    yield
    EVENTS.append("good night")


class Listening(Observer):
    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        EVENTS.append(f"{method} {route} {status}")


class OwnErrors(APIRoute):
    """Answers errors in the format of another protocol."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_errors(request: Request) -> Response:
            try:
                return await handle(request)
            except DomainError as error:
                return JSONResponse({"error_code": error.status.name}, error.status)

        return handle_errors


inside, public = APIRouter(prefix="/parrots"), APIRouter(prefix="/cages")
outside_public = APIRouter(prefix="/trees")
outside = APIRouter(prefix="/api/2.0/parrots", route_class=OwnErrors)


@inside.post("")
async def repeat(request: Request) -> int:
    return len(await request.body())


@public.post("")
async def clean(request: Request) -> int:
    return len(await request.body())


@public.get("")
async def count_cages() -> int:
    return 1


@outside.get("")
async def list_parrots() -> list[str]:
    return ["Polly"]


@outside_public.get("")
async def count_trees() -> int:
    return 2


@inside.get("/ballad")
async def sing() -> str:
    return "la"


PARROTS = Capability(
    name="parrots",
    settings=ParrotSettings,
    guards=[Depends(forbid_crows)],
    routers=[inside],
    public=[public],
    outside=[outside],
    outside_public=[outside_public],
    lifespan=awake,
    observers=[Listening()],
    probed=[f"{API}/cages"],
)


def settings(**values: object) -> Settings:
    needed = {"database_url": "sqlite://", "allowed_hosts": ["test"], "environment": "development"}
    return settings_with([PARROTS]).model_validate(needed | values)


@pytest.fixture(scope="module")
async def app() -> AsyncIterator[FastAPI]:
    app = create_app(settings(), [PARROTS])
    async with app.router.lifespan_context(app):
        yield app


async def test_lifespan_runs_with_the_app_and_gets_the_settings() -> None:
    EVENTS.clear()
    app = create_app(settings(parrot_word="hi"), [PARROTS])

    async with app.router.lifespan_context(app):
        assert EVENTS == ["hi"]

    assert EVENTS == ["hi", "good night"]


async def test_routers_are_below_the_api_or_beside_it(client: AsyncClient) -> None:
    assert (await client.post(f"{API}/parrots", content=b"abc")).json() == 3
    assert (await client.get(f"{API}/cages")).json() == 1
    assert (await client.get("/api/2.0/parrots")).json() == ["Polly"]
    assert (await client.get("/trees")).json() == 2


async def test_guards_run_on_every_route_that_is_not_public(client: AsyncClient) -> None:
    crow = {"X-Bird": "crow"}

    assert_problem(await client.get(f"{API}/parrots/ballad", headers=crow), 403, "No crows.")
    assert (await client.get(f"{API}/cages", headers=crow)).status_code == 200
    assert (await client.get("/trees", headers=crow)).status_code == 200
    assert (await client.get("/health", headers=crow)).status_code == 200


async def test_router_may_have_its_own_error_format(client: AsyncClient) -> None:
    response = await client.get("/api/2.0/parrots", headers={"X-Bird": "crow"})

    assert (response.status_code, response.json()) == (403, {"error_code": "FORBIDDEN"})


async def test_probes_may_call_any_host(client: AsyncClient) -> None:
    other = {"Host": "10.0.0.1"}

    assert (await client.get(f"{API}/cages", headers=other)).status_code == 200
    assert (await client.get(f"{API}/parrots/ballad", headers=other)).status_code == 400


async def test_observers_are_told_of_every_answer_but_to_probes(client: AsyncClient) -> None:
    EVENTS.clear()

    await client.get(f"{API}/cages")
    await client.get(f"{API}/parrots/ballad", headers={"X-Bird": "crow"})

    assert EVENTS == [f"GET {API}/parrots/ballad 403"]


def test_hazards_of_its_settings_stop_the_startup() -> None:
    with pytest.raises(SystemExit, match="PARROT_WORD=secret is repeated to everybody"):
        refuse_hazards(settings(parrot_word="secret"))


async def test_capability_that_is_off_brings_nothing() -> None:
    off = Capability(name="off", is_on=lambda _: False, public=[public], lifespan=awake)
    app = create_app(settings(), [off])

    async with app.router.lifespan_context(app), client_of(app) as client:
        assert (await client.get(f"{API}/cages")).status_code == 404


async def test_service_runs_without_any_capability() -> None:
    app = create_app(settings(), [])

    async with app.router.lifespan_context(app), client_of(app) as client:
        assert (await client.get("/health/ready")).status_code == 200
