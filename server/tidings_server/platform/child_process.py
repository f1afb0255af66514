"""Child processes that must not outlive this one, their end, and a bound on how often they are started again."""

import asyncio
import os
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

from tidings_server.platform.clock import Clock

MAX_RESTARTS: Final = 5
RESTARTS_S: Final = 60.0

# A child can ask for a signal on the death of its parent only by itself, before it becomes its program. Python has a
# hook for that, preexec_fn, which may deadlock in a process with threads.
_LAUNCH: Final = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""


async def start(
    command: Sequence[str], *, env: Mapping[str, str], stdout: int | None = None
) -> asyncio.subprocess.Process:
    """Start a program that is killed when this process dies.

    It has a session of its own: Ctrl-C is for this process, which ends its children in order.
    """
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid()), *command),
        env=env,
        stdout=stdout,
        start_new_session=True,
    )


async def end(process: asyncio.subprocess.Process | None, *, within_s: float) -> None:
    """Ask a process to end, and kill it after so long; nothing where there is none, or it has ended."""
    if process is None or process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), within_s)
    except TimeoutError:
        process.kill()
        await process.wait()


class RestartBudget:
    """Restarts of one child: more than MAX_RESTARTS within RESTARTS_S mend nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ended_at: deque[float] = deque(maxlen=MAX_RESTARTS + 1)

    def is_spent(self) -> bool:
        """Note that the child has ended; whether it must not be started again."""
        self._ended_at.append(self._clock.monotonic())
        return len(self._ended_at) > MAX_RESTARTS and self._ended_at[-1] - self._ended_at[0] < RESTARTS_S
