import subprocess
import sys
from platform import libc_ver

import pytest

GROWTH = """
import resource
import sys
from pathlib import Path
from threading import Barrier, Thread
from src.core.memory import return_large_blocks

def megabytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6

def use():
    for _ in range(3):
        block = bytearray(b"x") * 20_000_000
        together.wait()
        del block

if sys.argv[1:]:
    return_large_blocks()
before, together = megabytes(), Barrier(6)
threads = [Thread(target=use) for _ in range(6)]
for each in threads:
    each.start()
for each in threads:
    each.join()
print(megabytes() - before)
"""


@pytest.mark.skipif(libc_ver()[0] != "glibc", reason="It is about glibc.")
def test_large_blocks_of_all_threads_are_given_back() -> None:
    command = [sys.executable, "-c", GROWTH]
    kept, given_back = (
        float(subprocess.run([*command, *option], check=True, capture_output=True).stdout)
        for option in ([], ["returned"])
    )
    assert (kept > 20, given_back < 10) == (True, True)
