"""Starting, changing and stopping a schedule inside the transaction that stores the job or scheduled event."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.scheduling.schedules.policy import Policy
from tidings_server.scheduling.schedules.timing import Timing
from tidings_server.scheduling.store import schedules
from tidings_server.scheduling.store.schedules import Schedule, ScheduleKind


async def start(
    conn: AsyncConnection,
    kind: ScheduleKind,
    *,
    tenant: int,
    subject: str,
    timing: Timing | None,
    policy: Policy,
    now_us: int,
) -> int:
    """Insert a schedule that fires after `now_us`; returns its key. Without a timing only events or requests run it."""
    columns = _columns(timing, policy, now_us)
    new = Schedule(key=0, tenant_id=tenant, kind=kind, subject=subject, **columns)
    return await schedules.add(conn, new)


async def change(conn: AsyncConnection, key: int, *, timing: Timing | None, policy: Policy, now_us: int) -> None:
    """Set the timing and policy of a schedule from `now_us` on; a timing of None stops it."""
    await schedules.change(conn, key, _columns(timing, policy, now_us))


def _columns(timing: Timing | None, policy: Policy, now_us: int) -> dict[str, Any]:
    return {
        "timing": timing.packed() if timing else None,
        "catch_up": policy.catch_up.value,
        "window_s": policy.window_s,
        "overlap": policy.overlap.value,
        "jitter_s": policy.jitter_s,
        "next_at": timing.after(now_us) if timing else None,
    }
