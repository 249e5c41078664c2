"""A process that reads a pipe, as a person starts it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import URL, NullPool, create_engine, make_url, text

from tests.apps import environment_for, make_settings
from tests.databases import build
from tests.e2e.test_service import START_SECONDS

SINK = """
import sys
from src.ingestion import options
from src.ingestion.__main__ import commands
from tests.ingestion import THINGS

options.found = lambda: {"things": THINGS}
commands(sys.argv[1:])
"""
"""The command with the tests' own sink."""


def test_pipe_is_read_until_sigterm(postgres: URL | None, tmp_path: Path) -> None:
    if postgres is not None:
        pytest.skip("The process is the same on both databases")
    url = make_url(f"sqlite:///{tmp_path}/service.db")
    build(make_settings(url).database_url)
    environment = environment_for(url) | {"TOKEN_REQUIRED": "false"}
    command = [sys.executable, "-c", SINK, "file", "-"]

    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdin
        os.write(process.stdin.fileno(), b'{"name": "a"}\n{"name": "b"}\n{"name": "c"')
        deadline = time.monotonic() + START_SECONDS
        while count(url) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(START_SECONDS) == 0
        assert process.stderr
        told = process.stderr.read().decode()

    assert count(url) == 2
    assert "2 written, 0 refused" in told


def count(url: URL) -> int:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM things")).scalar_one())
