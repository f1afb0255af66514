"""Signals between the tasks of one event loop, which are waited for at most for a while."""

import asyncio


class Signal:
    """As `asyncio.Event`; waiting with a time limit costs a third of `asyncio.timeout` around that one's wait."""

    def __init__(self) -> None:
        self._is_set = False
        self._waiting: set[asyncio.Future[bool]] = set()

    def is_set(self) -> bool:
        """True from `set` to `clear`."""
        return self._is_set

    def set(self) -> None:
        """Wake all that wait, and let nobody wait until `clear`."""
        self._is_set = True
        self.pulse()

    def clear(self) -> None:
        """Have whoever comes from now on wait again."""
        self._is_set = False

    def pulse(self) -> None:
        """Wake all that wait now, and nobody who comes later."""
        waiting, self._waiting = self._waiting, set()
        for each in waiting:
            _settle(each, is_woken=True)

    async def wait(self, timeout_s: float) -> bool:
        """True as soon as the signal is set or pulses, False after `timeout_s`."""
        if self._is_set:
            return True
        loop = asyncio.get_running_loop()
        woken: asyncio.Future[bool] = loop.create_future()
        self._waiting.add(woken)
        timer = loop.call_later(timeout_s, lambda: _settle(woken, is_woken=False))
        try:
            return await woken
        finally:
            timer.cancel()
            self._waiting.discard(woken)


def _settle(waiter: "asyncio.Future[bool]", *, is_woken: bool) -> None:
    if not waiter.done():
        waiter.set_result(is_woken)
