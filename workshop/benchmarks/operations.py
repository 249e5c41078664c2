"""The requests that are measured."""

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import count, cycle, repeat

from tests.api import THINGS

_numbers = count()

type Requests = Callable[[Sequence[str]], Iterator[bytes]]


def render(method: str, target: str, body: object = None) -> bytes:
    content = "" if body is None else json.dumps(body)
    return (
        f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n{content}"
    ).encode()


def gets(ids: Sequence[str]) -> Iterator[bytes]:
    return cycle([render("GET", f"{THINGS}/{each}") for each in ids])


def lists(_: Sequence[str]) -> Iterator[bytes]:
    return repeat(render("GET", f"{THINGS}?limit=20"))


def creates(_: Sequence[str]) -> Iterator[bytes]:
    for number in _numbers:
        thing = {
            "name": f"Thing {number}",
            "description": "Churn of our customers, by month and region",
            "settings": {"stage": "train", "seed": number},
        }
        yield render("POST", THINGS, thing)


def patches(ids: Sequence[str]) -> Iterator[bytes]:
    for each, number in zip(cycle(ids), _numbers, strict=False):
        yield render("PATCH", f"{THINGS}/{each}", {"description": f"Change {number}"})


def mixed(ids: Sequence[str]) -> Iterator[bytes]:
    """One of each in turn."""
    for one_of_each in zip(*(requests(ids) for requests in OPERATIONS.values()), strict=True):
        yield from one_of_each


OPERATIONS: dict[str, Requests] = {
    "get": gets,
    "list of 20": lists,
    "create": creates,
    "patch": patches,
}
