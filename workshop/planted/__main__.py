"""Prove the contract's tests: ``python -m workshop.planted [words of a fault's name]``.

``PLANTED_STEP=4`` plants every fourth fault.
"""

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from workshop.planted.faults import FAULTS
from workshop.planted.kinds import TESTS, add_kind
from workshop.planted.runner import NO_FAULT, ROOT, Fault, Result, copy_tree, judged, run

PROCESSES = os.cpu_count() or 1
STEP = int(os.environ.get("PLANTED_STEP", "1"))


def main(*words: str) -> int:
    faults = [fault for fault in FAULTS if " ".join(words) in fault.name][::STEP]
    with TemporaryDirectory() as folder:
        copy_tree(Path(folder))
        add_kind(ROOT, Path(folder))
        if not run(NO_FAULT._replace(tests=(*NO_FAULT.tests, *TESTS)), Path(folder)).passed:
            print("The tests fail without any fault.")
            return 1
    shares = [faults[first::PROCESSES] for first in range(PROCESSES)]
    with ThreadPoolExecutor(PROCESSES) as pool:
        results = [result for share in pool.map(judged_in_a_copy, shares) for result in share]
    found = sum(bool(result.found_by) for result in results)
    print(f"{found} of {len(faults)} found")
    return int(found < len(faults))


def judged_in_a_copy(faults: Sequence[Fault]) -> list[Result]:
    results = []
    with TemporaryDirectory() as folder:
        copy_tree(Path(folder))
        add_kind(ROOT, Path(folder))
        for fault in faults:
            results.append(judged(fault, Path(folder)))
            print(results[-1], flush=True)
    return results


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
