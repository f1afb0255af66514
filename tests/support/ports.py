"""Ports of the machine."""

import random
import socket
from contextlib import ExitStack

BELOW_EPHEMERAL = range(20_000, 32_000)
"""Ports that Linux gives to no connection outward."""


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_ports(count: int) -> int:
    """The first of so many ports of loopback in a row that nobody listens on, nor is about to."""
    while True:
        first = random.choice(BELOW_EPHEMERAL)
        with ExitStack() as probes:
            try:
                for port in range(first, first + count):
                    probes.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
        return first
