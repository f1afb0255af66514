"""Completion of `tidings`, installed as the guide says, by the key in interactive shells."""

import os
import pty
import re
import select
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.instances import ROOT, ROOTS
from tests.support.waiting import PATIENCE_S

PROMPT = "ready> "
SHELLS = {
    "bash": "PS1='ready> '\nbind 'set enable-bracketed-paste off'\n",
    "zsh": "PS1='ready> '\nunsetopt zle_bracketed_paste\n",
}
CASES = (
    ("tidings subscr", "tidings subscriptions "),
    ("tidings events sea", "tidings events search "),
    ("tidings rules ac", "tidings rules activate "),
    ("tidings listen --forw", "tidings listen --forward-to "),
    ("tidings trigger order.del", "tidings trigger order.deleted "),
    ("tidings --profile nigh", "tidings --profile nightly "),
    ("tidings -o ya", "tidings -o yaml "),
)


class Terminal:
    """An interactive shell on a terminal of its own."""

    def __init__(self, shell: str, environment: dict[str, str]) -> None:
        self._process, self._terminal = pty.fork()
        if not self._process:
            os.execve(shutil.which(shell) or shell, [shell, "-i"], environment)
        self.until(PROMPT)

    def type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def until(self, text: str) -> str:
        """What is shown up to a text. Raises TimeoutError with what was shown instead."""
        shown, ends_at = "", time.monotonic() + PATIENCE_S / 4
        while text not in shown:
            ready, _, _ = select.select([self._terminal], [], [], ends_at - time.monotonic())
            if not ready:
                raise TimeoutError(f"{text!r} is not in {shown!r}")
            shown += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x07", "", os.read(self._terminal, 65_536).decode())
        return shown

    def close(self) -> None:
        os.close(self._terminal)
        os.waitpid(self._process, 0)


@pytest.fixture(params=SHELLS)
def terminal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Terminal]:
    """A shell that was started after completion was installed in it."""
    shell: str = request.param
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell}")
    command = tmp_path / "bin" / "tidings"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m tidings_cli "$@"\n')
    command.chmod(0o755)
    profiles = tmp_path / "profiles.json"
    profiles.write_text('{"profiles": {"nightly": {"server": "127.0.0.1:1"}}}')
    profiles.chmod(0o600)
    (tmp_path / f".{shell}rc").write_text(SHELLS[shell])
    environment = {
        "HOME": str(tmp_path),
        "PATH": f"{command.parent}:/usr/bin:/bin",
        "PYTHONPATH": os.pathsep.join(str(ROOT / root) for root in ROOTS),
        "TERM": "xterm",
        "TIDINGS_PROFILES": str(profiles),
    }
    first = Terminal(shell, environment)
    first.type("tidings --install-completion\r")
    first.until("completion installed")
    first.close()
    second = Terminal(shell, environment)
    second.type("tidings subscr\t\x15")  # the first key in a zsh does no more than load the function
    second.until("subscr")
    yield second
    second.close()


def test_the_key_completes_commands_options_and_names(terminal: Terminal) -> None:
    for typed, completed in CASES:
        terminal.type(f"{typed}\t")
        terminal.until(completed)
        terminal.type("\x15")  # takes the line away
