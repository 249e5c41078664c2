"""What child processes of the tests do."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from src.jobs.errors import JobError
from src.jobs.report import Report


def run(request: dict[str, Any], report: Report) -> dict[str, Any]:
    print("This is no answer.")
    match request["do"]:
        case "square":
            report(1, 2, "half")
            return {"square": request["number"] ** 2}
        case "tell":
            for number in range(3):
                report.news(number=number)
        case "refuse":
            raise JobError("refused", "No.", again=request["again"])
        case "fail":
            raise ZeroDivisionError
        case "allocate":
            return {"bytes": len(bytearray(request["bytes"]))}
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "leave":
            os._exit(7)
        case "babble":
            os.write(3, b"x" * 1_000_000)
        case "environment":
            return {"names": sorted(os.environ)}
        case "loop":
            loop(Path(request["file"]))
    return {}


def loop(file: Path) -> None:
    """Write the ids of this process and of one of its own, and stay busy."""
    own = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    file.with_suffix(".new").write_text(f"{os.getpid()} {own.pid}", encoding="utf-8")
    file.with_suffix(".new").rename(file)
    while True:
        time.monotonic()
