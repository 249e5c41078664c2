"""Prove the contract's tests: ``python -m workshop.planted [word of a fault's name]``."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from workshop.planted.faults import FAULTS
from workshop.planted.runner import Fault, copy_tree, judged, run


def main(word: str = "") -> int:
    faults = [fault for fault in FAULTS if word in fault.name]
    with TemporaryDirectory() as folder:
        tree = Path(folder)
        copy_tree(tree)
        if run(Fault("no fault", "", ""), tree).why_not != "all tests pass":
            print("The tests fail without any fault.")
            return 1
        missed = 0
        for number, fault in enumerate(faults, 1):
            result = judged(fault, tree)
            missed += not result.found_by
            told = result.found_by or f"NOT FOUND: {result.why_not}"
            print(f"{number:3}/{len(faults)}  {fault.name:42} {told}", flush=True)
    print(f"{len(faults) - missed} of {len(faults)} found")
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
