"""Segment changes: what a batch does to memberships, and to the grants that name the orders and events behind them."""

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.store import customers, segment_grants
from tidings_server.loyalty.store.customers import SegmentMembership
from tidings_server.loyalty.store.segment_grants import SegmentGrant

FOR_EVER = None


class SegmentChanges:
    """Changes in the order of the events; the last one of a membership is written."""

    def __init__(self) -> None:
        self._removed: dict[tuple[int, str], None] = {}
        self._added: dict[tuple[int, str], SegmentMembership] = {}
        self._cleared: set[tuple[int, str]] = set()
        self._revoked: set[SegmentGrant] = set()
        self._granted: dict[SegmentGrant, int | None] = {}

    def add(self, membership: SegmentMembership, *, source: int) -> None:
        """Add a customer to a segment because of an order (its key) or another event (its number)."""
        self._granted[SegmentGrant(membership.customer_key, membership.segment, source)] = membership.expires_at
        self._put(membership)

    def remove(self, customer_key: int, segment: str) -> None:
        """Remove a customer from a segment, whoever has added it."""
        self._granted = {each: at for each, at in self._granted.items() if each[:2] != (customer_key, segment)}
        self._cleared.add((customer_key, segment))
        self._delete(customer_key, segment)

    async def granted_by(self, conn: AsyncConnection, customer_key: int, source: int) -> set[str]:
        """The segments that an order has added a customer to."""
        stored = await segment_grants.of_source(conn, customer_key, source)
        grants = {SegmentGrant(customer_key, segment, source) for segment in stored}
        grants = {each for each in grants - self._revoked if each[:2] not in self._cleared}
        grants |= {each for each in self._granted if (each.customer_key, each.source) == (customer_key, source)}
        return {each.segment for each in grants}

    async def revoke(
        self, conn: AsyncConnection, customer_key: int, segment: str, *, source: int, now_us: int
    ) -> SegmentMembership | None:
        """Take back what an order has added; the membership that others still give, or None."""
        name = customer_key, segment
        grant = SegmentGrant(*name, source)
        self._granted.pop(grant, None)
        self._revoked.add(grant)
        left = {} if name in self._cleared else await segment_grants.of_segment(conn, *name)
        left = {each: at for each, at in left.items() if each not in self._revoked}
        left |= {each: at for each, at in self._granted.items() if each[:2] == name}
        if not left:
            self._delete(*name)
            return None
        expiries = [at for at in left.values() if at is not None]
        kept = SegmentMembership(*name, now_us, max(expiries) if len(expiries) == len(left) else FOR_EVER)
        self._put(kept)
        return kept

    async def write(self, conn: AsyncConnection) -> None:
        """Write memberships and grants."""
        await customers.remove_from_segments(conn, self._removed)
        await customers.add_to_segments(conn, list(self._added.values()))
        await segment_grants.clear(conn, self._cleared)
        await segment_grants.revoke(conn, self._revoked)
        await segment_grants.put(conn, self._granted)

    def _put(self, membership: SegmentMembership) -> None:
        name = membership.customer_key, membership.segment
        self._removed.pop(name, None)
        self._added[name] = membership

    def _delete(self, customer_key: int, segment: str) -> None:
        self._added.pop((customer_key, segment), None)
        self._removed[customer_key, segment] = None
