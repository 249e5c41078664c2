"""Machines beside this one: network namespaces of Linux, each at a cable that can be pulled out."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network
from random import randrange

NETWORK = IPv4Network("198.18.0.0/15")
"""Kept free for tests of networks, by RFC 2544."""
CABLE = "cable"


@dataclass(frozen=True)
class Machine:
    name: str
    address: str
    here: str
    """Where it finds what runs beside the tests."""

    @property
    def within(self) -> tuple[str, ...]:
        """Begins a command that runs there."""
        return ("ip", "netns", "exec", self.name)

    def unplug(self) -> None:
        """Drop all packets. Neither side learns of it."""
        _ip("-n", self.name, "link", "set", CABLE, "down")

    def plug(self) -> None:
        _ip("-n", self.name, "link", "set", CABLE, "up")


def missing() -> str:
    """Return what keeps this machine from having others beside it; nothing if all is there."""
    if os.geteuid() != 0:
        return "Network namespaces need root."
    if shutil.which("ip") is None:
        return "Network namespaces need ip: apt-get install iproute2"
    tried = subprocess.run(["ip", "netns", "add", _name(0)], capture_output=True, check=False)
    if tried.returncode:
        return f"Network namespaces are not allowed: {tried.stderr.decode()}"
    _ip("netns", "delete", _name(0))
    return ""


@contextmanager
def machines(number: int) -> Iterator[list[Machine]]:
    """Yield so many machines, each at a network of its own; they are gone in the end."""
    with ExitStack() as stack:
        yield [stack.enter_context(_machine(_name(each))) for each in range(1, number + 1)]


@contextmanager
def _machine(name: str) -> Iterator[Machine]:
    first = int(NETWORK.network_address) + 4 * randrange(NETWORK.num_addresses // 4)  # noqa: S311
    _, here, there, _ = IPv4Network((first, 30))
    _ip("netns", "add", name)
    try:
        _ip("link", "add", name, "type", "veth", "peer", "name", CABLE, "netns", name)
        _ip("address", "add", f"{here}/30", "dev", name)
        _ip("link", "set", name, "up")
        _ip("-n", name, "address", "add", f"{there}/30", "dev", CABLE)
        for device in ("lo", CABLE):
            _ip("-n", name, "link", "set", device, "up")
        yield Machine(name, f"{there}", f"{here}")
    finally:
        # The cable goes with it, at once: the kernel would keep both as long as a socket is open.
        subprocess.run(["ip", "link", "delete", name], capture_output=True, check=False)
        _ip("netns", "delete", name)


def _name(number: int) -> str:
    return f"rig-{os.getpid()}-{number}"


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"
