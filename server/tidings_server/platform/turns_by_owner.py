"""Work that waits for its turn, of one owner (tenant, consumer) after the other."""

from collections import OrderedDict, deque
from collections.abc import Hashable, Iterator
from itertools import chain
from typing import Generic, TypeVar

T = TypeVar("T")


class TurnsByOwner(Generic[T]):
    """Pieces of work that are waited for: those of each owner in turn, in the order they came."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[Hashable, deque[T]] = OrderedDict()
        self._last: Hashable = None
        self._length = 0

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(self._waiting.values())

    def waiting(self, origin: Hashable) -> int:
        """The number of an owner's pieces that wait."""
        return len(self._waiting.get(origin, ()))

    def add(self, origin: Hashable, turn: T) -> None:
        self._waiting.setdefault(origin, deque()).append(turn)
        self._length += 1

    def put_back(self, origin: Hashable, turn: T) -> None:
        """Let what was taken be the next again, and its owner's turn not count as had."""
        self._waiting.setdefault(origin, deque()).appendleft(turn)
        self._waiting.move_to_end(origin, last=False)
        self._length += 1
        self._last = None

    def had(self, origin: Hashable) -> None:
        """Let an owner that has just had a turn be the last to have one."""
        self._last = origin

    def owners(self) -> Iterator[Hashable]:
        """Those who wait, in the order of their turns."""
        if len(self._waiting) > 1 and self._last in self._waiting:
            self._waiting.move_to_end(self._last)
        return iter(self._waiting)

    def peek(self) -> T:
        """The one that `take` takes next."""
        return self._waiting[next(self.owners())][0]

    def take(self) -> T:
        return self.take_of(next(self.owners()))

    def take_of(self, origin: Hashable) -> T:
        """Give an owner its turn before those before it."""
        turns = self._waiting.pop(origin)
        turn = turns.popleft()
        self._last = origin
        self._length -= 1
        if turns:
            self._waiting[origin] = turns
        return turn
