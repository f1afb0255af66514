"""Schedules as the units of others keep them: started with what they belong to, changed and stopped with it."""

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
    """Store a schedule that fires after `now_us`, and give its key; without a timing only other causes make runs."""
    return await schedules.add(
        conn,
        Schedule(
            key=0,
            tenant_id=tenant,
            kind=kind,
            subject=subject,
            timing=timing.packed() if timing else None,
            catch_up=policy.catch_up.value,
            window_s=policy.window_s,
            overlap=policy.overlap.value,
            jitter_s=policy.jitter_s,
            next_at=timing.after(now_us) if timing else None,
        ),
    )


async def change(conn: AsyncConnection, key: int, *, timing: Timing | None, policy: Policy, now_us: int) -> None:
    """Let a schedule fire as `timing` says, from now on; None: not any more."""
    values = {
        "timing": timing.packed() if timing else None,
        "catch_up": policy.catch_up.value,
        "window_s": policy.window_s,
        "overlap": policy.overlap.value,
        "jitter_s": policy.jitter_s,
        "next_at": timing.after(now_us) if timing else None,
    }
    await schedules.change(conn, key, values)
