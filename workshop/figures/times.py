"""How long the service takes to its first answer, and the suite altogether."""

import os
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

STARTS = 5
START_SECONDS = 60
WITHOUT_PROXY = build_opener(ProxyHandler({}))
PORT = "8765"


def show() -> None:
    with TemporaryDirectory() as folder:
        first, *others = (start_on(f"sqlite:///{folder}/service.db") for _ in range(1 + STARTS))
    print(f"from the start to the first 200: {first:.1f} s with migrations, {min(others):.1f} s")
    for tests in tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "pytest"
    ]["testpaths"]:
        print(f"{tests}: {cpu_seconds_of(tests):.1f} s of CPU in one process", flush=True)


def start_on(url: str) -> float:
    settings = {"ENVIRONMENT": "development", "DATABASE_URL": url, "LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-m", "src.serve", "--port", PORT, "--log-level", "error"]
    started = time.monotonic()
    with subprocess.Popen(command, env=os.environ | settings) as service:
        try:
            return wait_for(service, started)
        finally:
            service.terminate()


def wait_for(service: subprocess.Popen[bytes], started: float) -> float:
    while service.poll() is None and (seconds := time.monotonic() - started) < START_SECONDS:
        try:
            WITHOUT_PROXY.open(f"http://127.0.0.1:{PORT}/health/ready").close()
        except URLError:
            time.sleep(0.01)
        else:
            return seconds
    raise SystemExit("The service did not start.")


def cpu_seconds_of(tests: str) -> float:
    before = getrusage(RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
