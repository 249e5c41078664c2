"""nginx in front of the service, as a page about deployment would set it up."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from workshop.rigs.clients import HOST, free_port
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

    server {
        listen %(listen)s;
        location %(prefix)s/ {
            proxy_pass http://%(service)s/;
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


@asynccontextmanager
async def nginx(service_port: int) -> AsyncIterator[int]:
    """Yield the port on which nginx serves the service below `PREFIX`."""
    port = free_port()
    configuration = CONFIGURATION % {
        "listen": f"{HOST}:{port}",
        "prefix": PREFIX,
        "service": f"{HOST}:{service_port}",
    }
    with own_folder() as folder:
        (folder / "nginx.conf").write_text(configuration, encoding="utf-8")
        options = ["-p", f"{folder}", "-e", "stderr", "-c", "nginx.conf"]
        async with daemon(folder, port, program("nginx", "nginx"), *options):
            yield port
