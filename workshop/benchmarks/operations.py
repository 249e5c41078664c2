"""The requests that are measured."""

import json
from collections.abc import Callable, Iterator
from itertools import count, cycle, repeat
from typing import NamedTuple

from tests import api
from workshop.benchmarks.databases import TOKEN, filled_ids

ROWS = 500
_IDS = filled_ids(ROWS)
_numbers = count()


class Resource(NamedTuple):
    path: str
    headers: str = ""


THINGS = Resource(api.THINGS)
OWNED_THINGS = Resource("/api/v1/owned-things", f"Authorization: Bearer {TOKEN}\r\n")

type Requests = Callable[[Resource], Iterator[bytes]]


def render(method: str, target: str, body: object = None, headers: str = "") -> bytes:
    content = "" if body is None else json.dumps(body)
    return (
        f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n{content}"
    ).encode()


def gets(resource: Resource) -> Iterator[bytes]:
    path, headers = resource
    return cycle([render("GET", f"{path}/{each}", headers=headers) for each in _IDS])


def lists(resource: Resource) -> Iterator[bytes]:
    return repeat(render("GET", f"{resource.path}?limit=20", headers=resource.headers))


def creates(resource: Resource) -> Iterator[bytes]:
    for number in _numbers:
        row = {
            "name": f"Thing {number}",
            "description": "Churn of our customers, by month and region",
            "settings": {"stage": "train", "seed": number},
        }
        yield render("POST", resource.path, row, resource.headers)


def patches(resource: Resource) -> Iterator[bytes]:
    path, headers = resource
    for each, number in zip(cycle(_IDS), _numbers, strict=False):
        yield render("PATCH", f"{path}/{each}", {"description": f"Change {number}"}, headers)


def mixed(resource: Resource) -> Iterator[bytes]:
    """One of each in turn."""
    for one_of_each in zip(*(requests(resource) for requests in OPERATIONS.values()), strict=True):
        yield from one_of_each


def idle(_: Resource) -> Iterator[bytes]:
    return repeat(render("GET", "/health"))


OPERATIONS: dict[str, Requests] = {
    "get": gets,
    "list of 20": lists,
    "create": creates,
    "patch": patches,
}
