"""nginx in front of the service, as a page about deployment would set it up."""

import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from workshop.rigs.clients import HOST, free_port, until
from workshop.rigs.daemon import daemon, own_folder
from workshop.rigs.debian import program

PREFIX = "/ml"
CONFIGURATION = """
daemon off;
pid nginx.pid;
worker_processes 1;
error_log stderr;
events { worker_connections 256; }
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;

    gzip on;
    gzip_min_length 20;
    gzip_proxied any;
    gzip_types application/json application/problem+json;

    client_max_body_size 2m;
    client_header_timeout 10s;
    large_client_header_buffers 4 8k;

    upstream service {
        %(servers)s
    }
    server {
        listen %(listen)s;
        keepalive_timeout %(idle)s;
        location %(prefix)s/ {
            proxy_pass http://service/;
            proxy_http_version 1.1;
            proxy_buffering on;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto https;
            proxy_next_upstream off;
        }
    }
}
"""


@dataclass
class Proxy:
    port: int
    _folder: Path
    _idle: str

    def configure(self, services: Sequence[int]) -> None:
        values = {
            "listen": f"{HOST}:{self.port}",
            "prefix": PREFIX,
            "idle": self._idle,
            "servers": " ".join(f"server {HOST}:{each} max_fails=0;" for each in services),
        }
        (self._folder / "nginx.conf").write_text(CONFIGURATION % values, encoding="utf-8")

    async def send_to(self, *services: int) -> None:
        """Send new requests to these ports. Requests that have begun go on where they are."""
        master = psutil.Process(int((self._folder / "nginx.pid").read_text(encoding="utf-8")))
        before = {each.pid for each in master.children()}
        self.configure(services)
        master.send_signal(signal.SIGHUP)

        async def is_replaced() -> bool:
            now = master.children()
            stopping = {each.pid for each in now if "shutting down" in " ".join(each.cmdline())}
            return bool({each.pid for each in now} - before) and (
                stopping >= before & {each.pid for each in now}
            )

        await until(is_replaced, 10)


@asynccontextmanager
async def balanced(*services: int, idle: str = "75s") -> AsyncIterator[Proxy]:
    """Yield an nginx that shares the requests below `PREFIX` among the services at these ports.

    It closes connections after they were idle for that long; with ``0`` after each request.
    """
    with own_folder() as folder:
        proxy = Proxy(free_port(), folder, idle)
        proxy.configure(services)
        options = ["-p", f"{folder}", "-e", "stderr", "-c", "nginx.conf"]
        async with daemon(folder, proxy.port, program("nginx", "nginx"), *options):
            yield proxy


@asynccontextmanager
async def nginx(service_port: int) -> AsyncIterator[int]:
    """Yield the port on which nginx serves the service below `PREFIX`."""
    async with balanced(service_port) as proxy:
        yield proxy.port
