"""The layers around the routes."""

from collections.abc import Collection, Iterator, Sequence

from starlette.middleware import Middleware

from src.api.capability import Capability
from src.api.clarity import ClearRequests
from src.api.context import LastResort, RequestContext
from src.api.limits import Deadline
from src.api.middleware import Cors, HeadAsGet, TrustedHosts
from src.api.sizes import BodyLimit, HeaderLimit
from src.core.observer import Observer
from src.core.settings import Settings


def layers_of(
    settings: Settings,
    capabilities: Sequence[Capability],
    observers: Sequence[Observer],
    probed: Collection[str],
) -> list[Middleware]:
    """Return the layers, the outermost first. Probes call the ``probed`` paths by any host."""
    probed = {*probed, *(path for part in capabilities for path in part.probed)}
    return [
        Middleware(RequestContext, observers=observers, probed=probed),
        *_cors(settings),
        Middleware(HeadAsGet),
        Middleware(LastResort),
        Middleware(HeaderLimit),
        Middleware(ClearRequests),
        Middleware(TrustedHosts, hosts=settings.allowed_hosts, probed=probed),
        Middleware(Deadline, seconds=settings.request_deadline),
        Middleware(BodyLimit, most=settings.max_body_size),
    ]


def _cors(settings: Settings) -> Iterator[Middleware]:
    if settings.cors_origins:
        yield Middleware(
            Cors,
            allow_origins=settings.cors_origins,
            allow_credentials=settings.cors_credentials,
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=[
                "Authorization",
                "Idempotency-Key",
                "If-Match",
                "If-None-Match",
                "If-Range",
                "Last-Event-ID",
                "X-Request-ID",
                *settings.cors_headers,
            ],
            expose_headers=[
                "Accept-Encoding",
                "Allow",
                "Content-Disposition",
                "Content-Range",
                "ETag",
                "Idempotent-Replayed",
                "Location",
                "Retry-After",
                "WWW-Authenticate",
                "X-Request-ID",
            ],
        )
