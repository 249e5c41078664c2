"""The path of a request as the routes know it, and as its client does.

Behind a proxy with a prefix (``--root-path /ml``) the server puts the prefix before every path, also
before that of a probe that has not passed the proxy.
"""

from urllib.parse import quote

from starlette._utils import get_route_path
from starlette.types import Scope

API = "/api/v1"


def path_of(scope: Scope) -> str:
    """Return the path without the prefix, as the router compares it."""
    return get_route_path(scope)


def link_to(scope: Scope, path: str) -> str:
    """Return a link for the client to a path of this service."""
    prefix = scope.get("root_path", "").strip("/")
    return quote(f"/{prefix}{path}" if prefix else path, safe="/:@!$&'()*+,;=~")
