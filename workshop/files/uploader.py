"""Sends a content of any size, in a process of its own: ``uploader.py PORT PATH PARTS``.

Its bytes are the same each time, so that their checksum can be computed elsewhere.
"""

import random
import sys
import time
from http.client import HTTPConnection

from workshop.rigs.clients import HOST

PART = random.Random(0).randbytes(1_000_000)  # noqa: S311  # not a secret

PARTS_PER_SECOND = 50
"""What a network of half a gigabit brings: the sender shares its processors with the service."""


def main(port: str, path: str, parts: str) -> None:
    connection = HTTPConnection(HOST, int(port))
    connection.putrequest("PUT", path)
    connection.putheader("Content-Length", str(int(parts) * len(PART)))
    connection.endheaders()
    started = time.monotonic()
    for number in range(int(parts)):
        time.sleep(max(0.0, started + number / PARTS_PER_SECOND - time.monotonic()))
        connection.send(PART)
    answer = connection.getresponse()
    sys.exit(0 if answer.status == 200 else answer.read().decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
