"""Run the commands of README.md, then those of the pages it links, as a newcomer would.

They run in a fresh clone, in their order and as they stand: every block marked ``bash``. Blocks that
name a file are written to it, or are changes of it. With
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

from workshop.ci.page import apply, blocks_of

BLANK = "docs/rules.md"
"""Begins in a blank tree."""
LINK = re.compile(r"\]\((docs/[\w-]+\.md)")
INCLUDED = {"coverage": {"test", "test-postgres"}}
"""Targets whose tests another one runs, too: where a page has that one, a file of tests shows that
these commands work. Pages of blank trees lack it.
"""
FEW = "ARGS=tests/unit/test_ids.py"
TARGET = re.compile(r"^make (?=[a-z-]+(\s*#.*)?$)", re.MULTILINE)
HEALTH = "http://127.0.0.1:8000/health/ready"
START_SECONDS = 120
WITHOUT_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def pages_of(folder: Path) -> Sequence[str]:
    links = LINK.findall((folder / "README.md").read_text(encoding="utf-8"))
    return ["README.md", *(page for page in dict.fromkeys(links) if page != BLANK)]


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
    done, included = set[str](), included_in(pages, folder)
    with ExitStack() as stack:
        for page in pages:
            print(f"-- {page}", flush=True)
            for kind, path, block in blocks_of(folder / page):
                if kind != "bash":
                    apply(kind, folder / path, block)
                    continue
                if block.startswith("make run"):
                    stack.close()  # the service of an earlier page, which has the same port
                    stack.enter_context(served(block, folder, environment))
                    continue
                run("\n".join(due(block, done, included)), folder, environment)


def included_in(pages: Sequence[str], folder: Path) -> set[str]:
    blocks = [block for page in pages for _, _, block in blocks_of(folder / page)]
    targets = {target_of(line) for block in blocks for line in block.splitlines()}
    return {each for name, others in INCLUDED.items() if name in targets for each in others}


def due(block: str, done: set[str], included: set[str]) -> Iterator[str]:
    """Yield the lines whose target has not run, and note what they run."""
    for line in block.splitlines():
        target = target_of(line)
        if target is None or target not in done:
            yield f"make {target} {FEW}" if target in included else line
        if target is not None:
            done.add(target)


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
