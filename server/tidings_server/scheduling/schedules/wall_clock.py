"""Instants of what is written in local time, where clocks are put forward and back.

Instants are microseconds UTC, local times naive datetimes. What is written is a `Grid`: the next local time that it
names after a given one. Two readings of it:

- `once`: each local time stands for one instant. One that is skipped stands for the first instant after the gap, one
  that comes twice for its first coming.
- `always`: each instant whose local time is named. A skipped one has none, one that comes twice has two.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tidings_server.platform.clock import EPOCH, MICROSECOND, from_us, to_us

Grid = Callable[[datetime], datetime | None]
"""The next local time strictly after this one; None when there is none any more."""

LONGEST_REPEAT: Final = timedelta(hours=3)
"""No zone's clocks have been put back by more than this since they are kept by law."""


def once(grid: Grid, zone: ZoneInfo, after_us: int) -> int | None:
    """The first instant strictly after `after_us` that a named local time stands for."""
    local = grid(_local(from_us(after_us), zone))
    while local is not None:
        instant = to_us(_stands_for(local, zone))
        if instant > after_us:
            return instant
        local = grid(local)
    return None


def always(grid: Grid, zone: ZoneInfo, after_us: int) -> int | None:
    """The first instant strictly after `after_us` whose local time is named."""
    after = from_us(after_us)
    turn = _turn(after, after + LONGEST_REPEAT, zone)
    if turn is not None:
        before = _at_offset(grid(_local(after, zone)), _offset(after, zone))
        if before is not None and before < turn:
            return to_us(before)
        after = turn - MICROSECOND
        local = grid((turn + _offset(turn, zone)).replace(tzinfo=None) - MICROSECOND)
    else:
        local = grid(_local(after, zone))
    while local is not None:
        for fold in (0, 1):
            instant = local.replace(tzinfo=zone, fold=fold).astimezone(UTC)
            if instant > after and _local(instant, zone) == local:
                return to_us(instant)
        local = grid(local)
    return None


def _stands_for(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a local time: the first where there are two, the end of the gap where there is none."""
    instant = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if _local(instant, zone) == local:
        return instant
    early = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _turn(early - MICROSECOND, instant, zone) or instant


def _turn(after: datetime, upto: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant in (after, upto] at which the zone's offset changes, to the second; None when it does not."""
    old = _offset(after, zone)
    if _offset(upto, zone) == old:
        return None
    low, high = (after - EPOCH) // timedelta(seconds=1), -((EPOCH - upto) // timedelta(seconds=1))
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(EPOCH + timedelta(seconds=middle), zone) == old:
            low = middle
        else:
            high = middle
    return EPOCH + timedelta(seconds=high)


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def _at_offset(local: datetime | None, offset: timedelta) -> datetime | None:
    return None if local is None else (local - offset).replace(tzinfo=UTC)
