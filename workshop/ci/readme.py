"""Run the commands of README.md, then those of the pages it links, as a newcomer would.

They run in a fresh clone, in their order and as they stand: every block marked ``bash``. With
``--blank`` the clone is first made blank; what follows are options of ``scaffold blank``.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from argparse import REMAINDER, ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

BLOCK = re.compile(r"^```bash\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((docs/[\w-]+\.md)")
TARGET = re.compile(r"^make (?=[a-z-]+(\s*#.*)?$)", re.MULTILINE)
HEALTH = "http://127.0.0.1:8000/health/ready"
START_SECONDS = 120
WITHOUT_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def pages_of(folder: Path) -> Sequence[str]:
    links = LINK.findall((folder / "README.md").read_text(encoding="utf-8"))
    return ["README.md", *dict.fromkeys(links)]


def run(block: str, folder: Path, environment: dict[str, str]) -> None:
    print(re.sub("^", "$ ", block.strip(), flags=re.MULTILINE), flush=True)
    command = ["bash", "-euo", "pipefail", "-c", TARGET.sub("time make ", block)]
    if subprocess.run(command, cwd=folder, env=environment, check=False).returncode:
        raise SystemExit("This block failed.")


@contextmanager
def served(block: str, folder: Path, environment: dict[str, str]) -> Iterator[None]:
    print(f"$ {block.strip()} &", flush=True)
    command = ["bash", "-c", block]
    service = subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True)
    try:
        print(f"{wait_for(service):.1f} s to the first 200", flush=True)
        yield
    finally:
        os.killpg(service.pid, signal.SIGTERM)
        service.wait()


def wait_for(service: subprocess.Popen[bytes]) -> float:
    """Return the seconds that the service needed."""
    started = time.monotonic()
    while time.monotonic() - started < START_SECONDS and service.poll() is None:
        try:
            WITHOUT_PROXY.open(HEALTH).close()
        except urllib.error.URLError:
            time.sleep(0.05)
        else:
            return time.monotonic() - started
    raise SystemExit("The service did not start.")


def follow(pages: Sequence[str], folder: Path, environment: dict[str, str]) -> None:
    """Run all blocks; a target of make that two of them name runs once."""
    done = set[str]()
    with ExitStack() as stack:
        for page in pages:
            print(f"-- {page}", flush=True)
            for block in BLOCK.findall((folder / page).read_text(encoding="utf-8")):
                if block.startswith("make run"):
                    stack.enter_context(served(block, folder, environment))
                    continue
                lines = [each for each in block.splitlines() if target_of(each) not in done]
                run("\n".join(lines), folder, environment)
                done |= {target for each in lines if (target := target_of(each))}


def target_of(line: str) -> str | None:
    return line.split()[1] if TARGET.match(line) else None


def main() -> None:
    parser = ArgumentParser(prog="python3 -m workshop.ci.readme", description=__doc__)
    parser.add_argument("pages", nargs="*", help="these instead of all")
    parser.add_argument("--blank", nargs=REMAINDER)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "clone"
        subprocess.run(["git", "clone", "--quiet", ".", folder], check=True)
        if chosen.blank is not None:
            blank = [sys.executable, "-m", "scaffold", "blank", "--force", *chosen.blank]
            subprocess.run(blank, cwd=folder, check=True)
        # Makes curl fail on an answer that is an error, without changing the command.
        (Path(temporary) / ".curlrc").write_text(
            "fail-with-body\nsilent\nshow-error\n", encoding="utf-8"
        )
        ours = {"CURL_HOME": temporary, "TIMEFORMAT": "%0R s", "NO_PROXY": "127.0.0.1"}
        environment = os.environ | ours
        follow(chosen.pages or pages_of(folder), folder, environment)


main()
