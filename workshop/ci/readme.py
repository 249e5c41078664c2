"""Run the README's commands as a newcomer would: in a fresh clone, in its order, as they stand.

With ``--blank``, as one who begins without the example features, and with ``--without-access``
without users as well. Other arguments are the sections to run, instead of all.
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
from pathlib import Path

SECTIONS = ["Quick start", "Migrations", "Tests"]
HEALTH = "http://127.0.0.1:8000/health/ready"
START_SECONDS = 120


def blocks_of(readme: str, section: str) -> list[str]:
    body = readme.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return re.findall(r"^```bash\n(.*?)^```", body, re.DOTALL | re.MULTILINE)


def run(block: str, folder: Path, environment: dict[str, str]) -> None:
    for line in block.splitlines():
        print(f"$ {line}", flush=True)
    subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block], cwd=folder, env=environment, check=True
    )


def serve(block: str, folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    print(f"$ {block.strip()} &", flush=True)
    command = ["bash", "-c", block]
    service = subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True)
    started = time.monotonic()
    while time.monotonic() - started < START_SECONDS and service.poll() is None:
        try:
            with urllib.request.urlopen(HEALTH):
                print(f"{time.monotonic() - started:.1f} s to the first 200", flush=True)
                return service
        except urllib.error.URLError:
            time.sleep(0.05)
    raise SystemExit("The service did not start.")


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "clone"
        subprocess.run(["git", "clone", "--quiet", ".", folder], check=True)
        options = [each for each in sys.argv[1:] if each.startswith("--")]
        sections = [each for each in sys.argv[1:] if each not in options] or SECTIONS
        if "--blank" in options:
            options.remove("--blank")
            blank = [sys.executable, "-m", "scaffold", "blank", "--force", *options]
            subprocess.run(blank, cwd=folder, check=True)
        if "--without-access" in options:
            subprocess.run(["make", "lock"], cwd=folder, check=True)
        # Comments have what is for blank trees, and nobody sees them on the page.
        readme = re.sub("<!--.*?-->", "", (folder / "README.md").read_text(), flags=re.DOTALL)
        # Makes curl fail on an answer that is an error, without changing the command.
        (Path(temporary) / ".curlrc").write_text("fail-with-body\nsilent\nshow-error\n")
        environment = os.environ | {"CURL_HOME": temporary}
        service = None
        tested = False
        try:
            for section in sections:
                for block in blocks_of(readme, section):
                    if block.startswith("make run"):
                        service = serve(block, folder, environment)
                        continue
                    if tested:  # once is enough
                        block = re.sub(r"^make test\s.*\n", "", block, flags=re.MULTILINE)
                    tested = tested or "make test\n" in block
                    run(block, folder, environment)
        finally:
            if service:
                os.killpg(service.pid, signal.SIGTERM)
                service.wait()


main()
