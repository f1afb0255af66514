"""Running a piece of the server in a process of its own, to be killed."""

import os
import sys

from tidings_server.failpoints import DIED

__all__ = ["DIED", "environment"]


def environment() -> dict[str, str]:
    """The environment in which a child finds what this process can import."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
