"""MLflow's client and server, each version in an environment of its own."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from workshop.rigs.clients import HOST, free_port, until

START_SECONDS = 300
"""A server of MLflow's migrates its database first."""
CLIENT = Path(__file__).with_name("client.py")
QUIET = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_DISABLE_TELEMETRY": "true"}

Version = Literal["newest", "earlier"]


def python_of(version: Version) -> Path:
    return Path(f".venv-mlflow-{version}/bin/python").absolute()


async def facts_of(version: Version, url: str, folder: Path, *parts: str) -> Any:
    """Let a client do these parts, and return what it has read back."""
    file = folder / "facts.json"
    process = await asyncio.create_subprocess_exec(
        *(str(python_of(version)), str(CLIENT), url, *parts, str(file)),
        cwd=folder,
        env=os.environ | QUIET,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode(errors="replace")[-4000:]
    return json.loads(file.read_text(encoding="utf-8"))


@asynccontextmanager
async def mlflow_server(version: Version, folder: Path) -> AsyncIterator[tuple[str, int]]:
    """Run MLflow's own server on an empty database, and yield its URL and its process."""
    port = free_port()
    places = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db"]
    places += ["--artifacts-destination", f"{folder}/artifacts"]
    where = ["--host", HOST, "--port", str(port), "--workers", "1"]
    process = await asyncio.create_subprocess_exec(
        *(str(python_of(version)), "-m", "mlflow", "server", *places, *where),
        cwd=folder,
        env=os.environ | QUIET | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )

    async def listens() -> bool:
        with suppress(OSError):
            _, writer = await asyncio.open_connection(HOST, port)
            writer.close()
            return True
        return False

    try:
        await until(listens, START_SECONDS)
        yield f"http://{HOST}:{port}", process.pid
    finally:
        os.killpg(process.pid, 9)
        await process.wait()
