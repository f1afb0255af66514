"""Shares of a processor for child processes: where the machine has too few cores, each gets a part of one.

Two processes beside a database and a load generator on two cores measure the machine and not whether two do more than
one. With a part of a core each, what they share is not the limit. By the CPU bandwidth controller of Linux's control
groups, version 1 or 2, which asks for root.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PERIOD_US: Final = 10_000
ROOTS: Final[Mapping[Path, Mapping[str, str]]] = {
    Path("/sys/fs/cgroup/cpu"): {"cpu.cfs_period_us": "{period}", "cpu.cfs_quota_us": "{quota}"},
    Path("/sys/fs/cgroup"): {"cpu.max": "{quota} {period}"},
}


@contextmanager
def limited(pid: int, share: float) -> Iterator[bool]:
    """Let a process and its later children have `share` of one core in here; whether this machine can do so."""
    made = None
    for root, files in ROOTS.items():
        group = root / f"tidings-bench-{os.getpid()}-{pid}"
        try:
            group.mkdir()
            made = group
            for name, form in files.items():
                (group / name).write_text(form.format(period=PERIOD_US, quota=int(share * PERIOD_US)))
            (group / "cgroup.procs").write_text(str(pid))
        except OSError:
            if made:
                made.rmdir()
                made = None
        else:
            break
    try:
        yield made is not None
    finally:
        if made:
            (made.parent / "cgroup.procs").write_text(str(pid))
            made.rmdir()
