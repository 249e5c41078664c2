"""What stops the startup is told in lines, by the server as it runs in production."""

import subprocess
import sys

from sqlalchemy import make_url

from tests.apps import environment_for

SECONDS = 60


def test_invalid_settings_stop_the_startup_with_the_reason() -> None:
    command = [sys.executable, "-m", "uvicorn", "src.main:app", "--port", "0"]

    stopped = subprocess.run(
        command,
        env=environment_for(make_url("mysql://user:planted@host/db")),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=SECONDS,
    )

    assert stopped.returncode != 0
    assert "DATABASE_URL: write postgresql://" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    assert "planted" not in stopped.stdout + stopped.stderr
