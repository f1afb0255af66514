"""Work that waits for its turn, of one owner after the other."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Hashable


class TurnsByOwner:
    """Turns that are waited for: each is a future."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[Hashable, deque[asyncio.Future[None]]] = OrderedDict()
        self._last: Hashable = None

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, origin: Hashable, turn: "asyncio.Future[None]") -> None:
        self._waiting.setdefault(origin, deque()).append(turn)

    def had(self, origin: Hashable) -> None:
        """Let an owner that has just had a turn be the last to have one."""
        self._last = origin

    def take(self) -> "asyncio.Future[None]":
        if len(self._waiting) > 1 and self._last in self._waiting:
            self._waiting.move_to_end(self._last)
        self._last, turns = self._waiting.popitem(last=False)
        turn = turns.popleft()
        if turns:
            self._waiting[self._last] = turns
        return turn
