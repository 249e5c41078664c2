"""The example, run as its readers run it: a service, its worker, and a client."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.e2e import test_service
from tests.e2e.test_service import served

environment = test_service.environment
built = test_service.built

SECONDS = 600
PROGRESS = re.compile(r"'done': (\d+), 'total': 200")


def test_flowers_are_trained_with_live_progress_and_predicted(
    built: dict[str, str], tmp_path: Path
) -> None:
    own = {"WORKER": "true", "FILES_URL": str(tmp_path / "files")}
    with served(built | own, "src.serve") as (client, _):
        done = subprocess.run(
            [sys.executable, "-m", "examples.flowers"],
            env=os.environ | {"SERVICE_URL": str(client.base_url)},
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=SECONDS,
        )

        assert done.returncode == 0, done.stdout + done.stderr
        sessions = client.get("/api/v1/documents?kind=model_session").json()["items"]

    assert "is setosa" in done.stdout
    assert "is virginica" in done.stdout
    told = [int(each) for each in PROGRESS.findall(done.stdout)]
    assert told == sorted(told)
    assert told[-1:] == [200], done.stdout
    assert {each["body"]["status"] for each in sessions} == {"finished"}
