"""A service of the notebook's own, and requests to it."""

import atexit
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Self

import httpx
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

type Json = dict[str, Any]

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "notebooks" / ".data"
START_SECONDS = 60


@dataclass
class Service:
    url: str
    folder: Path
    environment: dict[str, str]
    """The variables of the service's settings, for other processes that share its database."""
    process: subprocess.Popen[bytes]
    client: httpx.Client

    @classmethod
    def start(cls, folder: Path = FOLDER) -> Self:
        """Start a service and a worker on a database that earlier runs may have filled."""
        folder.mkdir(exist_ok=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        settings = {
            "ENVIRONMENT": "development",
            "TOKEN_REQUIRED": "false",
            "DATABASE_URL": f"sqlite:///{folder / 'registry.db'}",
            "FILES_URL": str(folder / "files"),
            "LOG_LEVEL": "WARNING",
        }
        environment = os.environ | settings
        command = [sys.executable, "-m", "src.serve", "--port", f"{port}", "--log-level", "warning"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment)
        url = f"http://127.0.0.1:{port}"
        # No proxy leads to this machine.
        client = httpx.Client(base_url=url, mounts={"all://127.0.0.1": None}, timeout=60)
        service = cls(url, folder, environment, process, client)
        atexit.register(service.stop)
        service._wait()
        return service

    def stop(self) -> None:
        self.client.close()
        self.process.terminate()
        self.process.wait()

    def get(self, path: str, **query: Any) -> Any:
        return self.send("GET", path, params=query)

    def post(self, path: str, **body: Any) -> Any:
        return self.send("POST", path, json=body)

    def send(self, method: str, path: str, **content: Any) -> Any:
        response = self.client.request(method, f"/api/v1/{path}", **content)
        if not response.is_success:
            raise RuntimeError(response.text)
        return response.json()

    def events(self, job: Json) -> Iterator[Json]:
        """Yield what happens to a job until it ends. Raises ``RuntimeError`` if it fails."""
        with self.client.stream("GET", f"/api/v1/jobs/{job['id']}/events", timeout=None) as events:
            for line in events.iter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))["data"]
        ended = self.get(f"jobs/{job['id']}")
        if ended["status"] != "succeeded":
            raise RuntimeError(f"The job has {ended['status']}: {ended['error']}")

    def _wait(self) -> None:
        started = monotonic()
        while monotonic() - started < START_SECONDS and self.process.poll() is None:
            try:
                self.client.get("/health/ready").raise_for_status()
            except httpx.HTTPError:
                sleep(0.1)
            else:
                return
        raise RuntimeError("The service has not started.")


def show(figure: Figure, name: str) -> None:
    """Keep a picture, and show it where a notebook can."""
    figure.tight_layout()
    figure.savefig(FOLDER / f"{name}.png", dpi=120)
    if "ipykernel" in sys.modules:
        from IPython.display import display  # comes with the notebook's kernel

        display(figure)
    plt.close(figure)  # or a notebook would show it once more
