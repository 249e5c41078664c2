"""Run the proofs with an engine: ``python -m workshop.production.engine [options of pytest]``.

They run in namespaces of their own for mounts, network and processes, which end with them: no
bridge, no rule of the firewall, no mount and no process is left.
"""

import os
import sys

from workshop.production.engine.prepare import MEMORY, prepare

PROOFS = "workshop/production/engine"
# runc refuses a system whose groups of both generations are mounted.
INSIDE = """
mount --make-rprivate /
umount /sys/fs/cgroup/unified 2>/dev/null
mount -t tmpfs -o size=10g engine "$1"
shift
ip link set lo up
exec "$@"
"""


def main() -> None:
    if os.geteuid() != 0:
        sys.exit("Namespaces and an engine need root.")
    prepare()
    namespaces = ["--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child"]
    pytest = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", PROOFS, *sys.argv[1:]]
    os.execvp("unshare", ["unshare", *namespaces, "sh", "-c", INSIDE, "sh", str(MEMORY), *pytest])  # noqa: S606


if __name__ == "__main__":
    main()
