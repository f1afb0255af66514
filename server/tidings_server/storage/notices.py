"""Notices between the processes of one database: short texts, which may be lost.

Whoever waits for one also looks by himself from time to time: without them everything is later, and nothing is missed.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

OnNotice = Callable[[str], None]


class Notices(ABC):
    """Sends notices, and calls who has subscribed to those of other processes. `run` it."""

    def __init__(self) -> None:
        self._on_notice: dict[str, list[OnNotice]] = {}
        self.is_listening = False

    def subscribe(self, kind: str, on_notice: OnNotice) -> None:
        """Have `on_notice` called with each text of a kind, this process's own perhaps included."""
        self._on_notice.setdefault(kind, []).append(on_notice)

    @abstractmethod
    def send(self, kind: str, content: str) -> None:
        """Tell the other processes soon; `content` takes the place of one of the same kind that has not gone yet."""

    @abstractmethod
    async def run(self) -> None:
        """Listen and send until cancelled."""

    def received(self, text: str) -> None:
        """Call who has subscribed to a notice."""
        kind, _, content = text.partition(":")
        for on_notice in self._on_notice.get(kind, ()):
            on_notice(content)


def notice(kind: str, content: str) -> str:
    """The text of a notice."""
    return f"{kind}:{content}"
