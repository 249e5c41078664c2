"""Requests as bytes, to the server as it runs: what no client library would send."""

import json
import re
import socket
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import make_url

from tests.apps import environment_for
from tests.databases import build
from tests.e2e.test_service import served

HOST = b"Host: 127.0.0.1\r\n"
JSON_TYPE = b"Content-Type: application/json\r\n"
THINGS = b"/api/v1/things"
# The answer to what is not HTTP, which no layer has seen.
NO_HTTP = 400, "application/problem+json"


def get(target: bytes, *headers: bytes, version: bytes = b"1.1", method: bytes = b"GET") -> bytes:
    line = method + b" " + target + b" HTTP/" + version + b"\r\n"
    return line + b"".join(headers or (HOST,)) + b"Connection: close\r\n\r\n"


def post(body: bytes, *headers: bytes) -> bytes:
    length = b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body)
    return b"POST " + THINGS + b" HTTP/1.1\r\n" + HOST + b"".join(headers) + length + body


def chunked(coding: bytes, body: bytes = b'{"name":"a"}') -> bytes:
    head = b"POST " + THINGS + b" HTTP/1.1\r\n" + HOST + JSON_TYPE + b"Connection: close\r\n"
    return head + coding + b"\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


REQUESTS: dict[str, tuple[bytes, int]] = {
    "two hosts": (get(b"/health", HOST, b"Host: other\r\n"), 400),
    "the same host twice": (get(b"/health", HOST, HOST), 400),
    "HTTP/1.0": (get(b"/health", version=b"1.0"), 200),
    "HTTP/1.0 without a host": (get(THINGS, b"A: b\r\n", version=b"1.0"), 400),
    "no host": (get(THINGS, b"A: b\r\n"), 400),
    "trailing slash": (get(THINGS + b"/"), 404),
    "two slashes": (get(b"/" + THINGS), 404),
    "dots": (get(b"/x/.." + THINGS), 404),
    "percent-encoded letter": (get(b"/%68ealth"), 200),
    "byte that is no text": (get(THINGS + b"/%ff"), 400),
    "NUL in the query": (get(THINGS + b"?cursor=%00"), 422),
    "half an escape": (get(b"/health?%zz&%"), 200),
    "whole target": (get(b"http://127.0.0.1/health/ready"), 200),
    "whole target of another host": (get(b"http://other" + THINGS), 400),
    "whole target, and another host": (get(b"http://127.0.0.1" + THINGS, b"Host: other\r\n"), 200),
    "whole target without a host": (get(b"http://127.0.0.1" + THINGS, b"A: b\r\n"), 400),
    "server as a whole": (get(b"*", method=b"OPTIONS"), 404),
    "TRACE": (get(b"/health", method=b"TRACE"), 405),
    "range": (get(b"/health", HOST, b"Range: bytes=0-1\r\n"), 200),
    "Accept of another type": (get(b"/health", HOST, b"Accept: text/html\r\n"), 200),
    "body of a GET": (get(b"/health", HOST, b"Content-Length: 0\r\n"), 200),
    "upper case": (post(b'{"name":"a"}', b"CONTENT-TYPE: APPLICATION/JSON\r\n"), 201),
    "charset": (post(b'{"name":"b"}', b'Content-Type: application/json; charset="x"\r\n'), 201),
    "JSON of a kind": (post(b'{"name":"c"}', b"Content-Type: application/a+json\r\n"), 201),
    "other type": (post(b'{"name":"d"}', b"Content-Type: application/jsonp\r\n"), 415),
    "empty body": (post(b"", JSON_TYPE), 422),
    "null": (post(b"null", JSON_TYPE), 422),
    "BOM": (post(b'\xef\xbb\xbf{"name":"e"}', JSON_TYPE), 201),
    "name twice": (post(b'{"name":"f","name":"g"}', JSON_TYPE), 422),
    "number of 5000 digits": (post(b"1" * 5000, JSON_TYPE), 400),
    "depth of 20,000": (post(b"[" * 20_000 + b"]" * 20_000, JSON_TYPE), 400),
    "surrogate as bytes": (post(b'{"name":"\xed\xa0\x80"}', JSON_TYPE), 400),
    "gzip": (post(b"\x1f\x8b", JSON_TYPE, b"Content-Encoding: gzip\r\n"), 415),
    "chunks": (chunked(b"Transfer-Encoding: chunked\r\n", b'{"name":"h"}'), 201),
    "coded chunks": (chunked(b"Transfer-Encoding: gzip, chunked\r\n"), 501),
}
NOT_HTTP = {
    "lower case": get(b"/health", method=b"get"),
    "space before the colon": get(b"/health", HOST, b"A : b\r\n"),
    "two lengths": post(b"{}", JSON_TYPE, b"Content-Length: 3\r\n"),
    "length and chunks": chunked(b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"),
    "chunks twice": chunked(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    url = make_url(f"sqlite:///{tmp_path_factory.mktemp('wire')}/service.db")
    build(url)
    environment = environment_for(url) | {"TOKEN_REQUIRED": "false"}
    with served(environment) as (client, _):
        yield client


def answer(server: httpx.Client, request: bytes) -> tuple[int, str, bytes]:
    """Return status, content type and body of what is answered before the connection ends."""
    with socket.create_connection((server.base_url.host, server.base_url.port or 0)) as connection:
        connection.settimeout(20)
        connection.sendall(request)
        received = b"".join(iter(lambda: connection.recv(65_536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    kind = re.search(rb"(?i)^content-type: (.*?)\r?$", head, re.MULTILINE)
    return int(head.split()[1]), kind[1].decode() if kind else "", body


@pytest.mark.parametrize("name", REQUESTS)
def test_request_is_answered_by_the_rules(server: httpx.Client, name: str) -> None:
    request, expected = REQUESTS[name]

    status, kind, body = answer(server, request)

    assert status == expected, body
    assert kind == ("application/problem+json" if status >= 400 else "application/json")
    assert json.loads(body)


@pytest.mark.parametrize("name", NOT_HTTP)
def test_what_is_not_http_is_refused_by_the_server(server: httpx.Client, name: str) -> None:
    assert answer(server, NOT_HTTP[name])[:2] == NO_HTTP


def test_body_is_awaited_if_the_client_asks_first(server: httpx.Client) -> None:
    expect = post(b'{"name":"i"}', JSON_TYPE, b"Expect: 100-continue\r\n")

    status, _, rest = answer(server, expect)

    assert status == 100
    assert rest.startswith(b"HTTP/1.1 201 ")


@pytest.mark.parametrize("target", [b"/health", THINGS, b"/nothing", b"/health/ready"])
def test_head_ends_without_a_body_and_the_connection_goes_on(
    server: httpx.Client, target: bytes
) -> None:
    both = get(target, method=b"HEAD").replace(b"Connection: close\r\n", b"") + get(b"/health")

    _, _, rest = answer(server, both)

    assert rest.startswith(b"HTTP/1.1 200 ")
    assert b'{"status":"ok"}' in rest
