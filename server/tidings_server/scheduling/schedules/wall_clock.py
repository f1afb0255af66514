"""Conversion of recurring local times to instants across daylight saving changes.

Instants are microseconds UTC, local times naive datetimes. A `Grid` gives the next local time of a recurrence after a
given one. Two readings:

- `once`: each local time is one instant. A skipped local time is the first instant after the gap, a repeated one its
  first occurrence.
- `always`: every instant whose local time is in the grid. A skipped local time is none, a repeated one is two.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tidings_server.platform.clock import EPOCH, MICROSECOND, from_us, to_us

Grid = Callable[[datetime], datetime | None]
"""Function from a local time to the next one of the recurrence, None when there is none."""

LONGEST_REPEAT: Final = timedelta(hours=3)
"""Upper bound of how far any zone's clocks have been put back."""


def once(grid: Grid, zone: ZoneInfo, after_us: int) -> int | None:
    """The first instant strictly after `after_us` of a local time of the grid, each local time counted once."""
    local = grid(_local(from_us(after_us), zone))
    while local is not None:
        instant = to_us(_instant_of(local, zone))
        if instant > after_us:
            return instant
        local = grid(local)
    return None


def always(grid: Grid, zone: ZoneInfo, after_us: int) -> int | None:
    """The first instant strictly after `after_us` whose local time is in the grid."""
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


def _instant_of(local: datetime, zone: ZoneInfo) -> datetime:
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
