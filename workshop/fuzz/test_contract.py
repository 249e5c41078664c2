"""The service against its own OpenAPI document, with data that Schemathesis makes from it.

Every check of Schemathesis is on. ``FUZZ_EXAMPLES`` is how many random cases each operation gets,
besides those at the limits of its schema, and how many histories there are; ``FUZZ_SEED`` makes
other ones, ``FUZZ_SEED=random`` new ones. Without them the run is short and always the same.
``FUZZ_TOKENS=1`` lets nobody in without a token.
"""

import os
import re
import socket
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any, NamedTuple

import hypothesis
import pytest
import requests
import schemathesis
import uvicorn
from anyio.from_thread import start_blocking_portal
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import RejectedPositiveData
from sqlalchemy import URL

from src.schemas.token import IssuedToken
from tests.access import issue_token
from tests.apps import database_of, make_settings, running
from tests.apps import service as documented_app
from tests.databases import make_empty
from tests.fixtures.apps import PATIENCE

type Case = schemathesis.Case[Any]

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "10"))
SEED = int(os.environ.get("FUZZ_SEED", "0"))
WITH_TOKENS = os.environ.get("FUZZ_TOKENS") == "1"
ME = "/api/v1/me"
# What these operations succeed in may be the end of the token, or of its user.
OF_ACCESS = re.compile(r"/api/v1/(me|tokens|users)\b")
ANSWER_SECONDS = 60  # far more than any machine needs
STEPS = 10
TOO_LONG = {"The URL may have at most 100 parameters.", "The URL may have at most 8192 bytes."}
"""The refusals of lists of values that are too many together, each of them allowed or not."""
LONGEST_WAIT = 30
"""Seconds that a client may ask a long poll for."""

# Rules that no JSON Schema can state. Who breaks one of them has sent what the document allows, and
# is refused all the same.
BEYOND_SCHEMA = {
    # A cursor is what a page has given, and stands for one sort.
    "The cursor is not one of this list in this order: start again without it.",
    "Use skip or cursor, not both.",
    "This Idempotency-Key was used for another request.",
    # Of a value as a whole: its depth, its size, and every text in it.
    "must be JSON of at most 32 levels, without NaN, infinity, NUL characters and lone surrogates",
    "must have at most 65536 bytes",
    "must not have whole numbers that a float would change: write them as texts",
    # Of the number that a text stands for.
    "must be between 1m and 1000, in steps of 1m",
    "must be between 1Mi and 10Ti, in steps of 1",
    # Of the scripts of the world.
    "must have a letter or a digit",
    # Of the JSON in a text.
    'must be a JSON object with each name once, such as {"status": "active"}',
    "must have at most 4 levels, and 20 names and items",
    f"must have numbers between {1 - 2**53} and {2**53 - 1}",
    # Of the length of a password, which is that of its normal form.
    "String should have at least 8 characters",
    "String should have at most 128 characters",
    # Of the time at which it is sent.
    "must lie in the future, within ten years; a key without it does not expire",
    # Of a batch as a whole.
    "must not have two points of the same key and step",
    "must not have two rows of the same entity and time",
    # Of what another row says.
    "The values are not those of the view.",
    "The view has no such feature, or it is named twice.",
    "The rows do not have the features of the model.",
    # Of several values together.
    "Two features have the same name.",
    "The target, the entity, the time and the features need different names.",
    "encoding, delimiter and header are for format=csv",
    "must have a value if the strategy is constant, and none otherwise",
    "must split the rows once at most",
}
# A rule of a feature, about two fields.
RULE = re.compile(r"\w+ [<>!=]{1,2} \S+ must hold")
# The same, but only of a value of this type.
BEYOND_SCHEMA_OF = {
    # The bounds of decimals and others that are text: JSON Schema bounds numbers.
    str: re.compile(
        r"Input should be (greater|less) than or equal to -?[0-9.]+|must be from \S+ to \S+"
    ),
    # A whole number with a point, such as 1.0: JSON Schema cannot tell it from 1.
    float: re.compile("Input should be a valid integer"),
}

schema = schemathesis.openapi.from_dict(
    documented_app().openapi(),
    config=SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
            "checks": {
                "max_response_time": ANSWER_SECONDS,
                # Random ids exist nowhere, names are taken, and entity tags are not the current.
                "positive_data_acceptance": {"expected-statuses": ["2xx", 304, 404, 409, 412]},
            },
            # Nor does a random password open anything, nor a random patch make sense.
            "operations": [
                {
                    "include-operation-id": name,
                    "checks": {"positive_data_acceptance": {"expected-statuses": statuses}},
                }
                for name, statuses in {
                    "log_in": [401, 404, 429],
                    "change_password": [403, 404, 429],
                    "update_document": ["2xx", 404, 409, 412, 422],
                }.items()
            ],
        }
    ),
)
cases = count()


def hurry(case: Case) -> None:
    """Wait a second where the case waits for longer: nothing happens meanwhile."""
    wait = str((case.query or {}).get("wait"))  # at limits of the schema it is text
    if wait.isdecimal() and 1 < int(wait) <= LONGEST_WAIT:
        case.query["wait"] = 1


@schema.hook
def after_call(
    context: schemathesis.HookContext, case: Case, response: schemathesis.Response
) -> None:
    next(cases)
    changes = case.method not in {"GET", "HEAD"} and response.status_code < 300
    if WITH_TOKENS and changes and OF_ACCESS.match(case.operation.path):
        revive()


@schema.hook
def filter_failure(
    context: schemathesis.HookContext,
    failure: Exception,
    case: Case,
    response: schemathesis.Response,
) -> bool:
    """Whether it is one: not if valid data was refused by nothing but rules beyond the schema."""
    if response.status_code == 414 and isinstance(
        failure, RejectedPositiveData | AcceptedNegativeData
    ):
        return bool(response.json()["detail"] not in TOO_LONG)
    if not isinstance(failure, RejectedPositiveData) or response.status_code != 422:
        return True
    problem = response.json()
    if problem["detail"] in BEYOND_SCHEMA:
        return False
    errors = problem.get("errors", {})
    return not errors or not all(
        reason in BEYOND_SCHEMA
        or RULE.fullmatch(reason)
        or is_beyond_schema_of(sent(case, where), reason)
        for where, reasons in errors.items()
        for reason in reasons
    )


def sent(case: Case, where: str) -> object:
    """The value that an error is about, such as ``body.points.0.step``."""
    part, *steps = where.split(".")
    value: Any = getattr(case, part, None)
    for step in steps:
        match value:
            case dict():
                value = value.get(step)
            case list() if step.isdecimal() and int(step) < len(value):
                value = value[int(step)]
            case _:
                return None
    return value


def is_beyond_schema_of(value: object, reason: str) -> bool:
    rule = BEYOND_SCHEMA_OF.get(type(value))
    return bool(rule and rule.fullmatch(reason))


@pytest.fixture(autouse=True)
def counted(record_property: Callable[[str, object], None]) -> Iterator[None]:
    before = next(cases)
    yield
    record_property("cases", next(cases) - before - 1)


class Service(NamedTuple):
    """How a test reaches the service, makes its database empty, and gets a token for it."""

    target: dict[str, Any]
    make_empty: Callable[[], None]
    issue: Callable[[], IssuedToken]


running_service: Service | None = None
"""For the hooks of Schemathesis, which are functions of the module."""


def revive() -> None:
    """Hand over a new token, of a new administrator, unless the present one is still good."""
    if running_service is None:
        return
    session, address = running_service.target["session"], running_service.target["base_url"]
    answer = session.get(address + ME)
    if answer.status_code != 200 or not answer.json()["admin"]:
        token = running_service.issue().token
        running_service.target["headers"] = {"Authorization": f"Bearer {token}"}
        session.headers["Authorization"] = f"Bearer {token}"


@pytest.fixture(scope="module")
def service(postgres_url: URL | None) -> Iterator[Service]:
    """A real server, which hands on what can arrive; the whole app lives on its one event loop."""
    global running_service
    url = postgres_url or "sqlite://"
    settings = make_settings(url, token_required=WITH_TOKENS, **PATIENCE)
    with (
        # Only when it knows the protocol does asyncio send small packets without delay.
        socket.socket(proto=socket.IPPROTO_TCP) as listener,
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(running(settings)) as app,
        requests.Session() as session,
    ):
        session.trust_env = False
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        host, port = listener.getsockname()
        server = uvicorn.Server(
            uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
        )
        serving = portal.start_task_soon(server.serve, [listener])
        database = database_of(app)
        administrator = partial(issue_token, database, scopes="read write admin", admin=True)
        running_service = Service(
            {"base_url": f"http://{host}:{port}", "session": session},
            partial(portal.call, make_empty, database),
            partial(portal.call, administrator),
        )
        yield running_service
        running_service = None
        server.should_exit = True
        serving.result()


@pytest.fixture(autouse=True)
def alive(service: Service) -> None:
    if WITH_TOKENS:
        revive()


@schema.parametrize()
def test_operation_keeps_its_contract(case: Case, service: Service) -> None:
    hurry(case)
    case.call_and_validate(**service.target)


def test_contract_is_kept_through_histories(service: Service) -> None:
    """What one operation has made is read, changed and deleted by others, and is gone then."""

    @hypothesis.seed(SEED)
    class History(schema.as_state_machine()):  # type: ignore[misc]  # made at run time
        def setup(self) -> None:
            service.make_empty()
            if WITH_TOKENS:
                revive()

        def before_call(self, case: Case) -> None:
            hurry(case)
            # A repeated answer may tell of something that has been deleted since.
            case.headers.pop("Idempotency-Key", None)

        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            return service.target

    History.run(
        settings=hypothesis.settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
    )
