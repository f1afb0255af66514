"""Whose turn it is: fair between tenants, then between each tenant's subscriptions."""

from collections import OrderedDict, deque
from typing import Generic, Protocol, TypeVar


class HasTenant(Protocol):
    """What can take turns."""

    @property
    def tenant(self) -> int: ...


Member = TypeVar("Member", bound=HasTenant)


class Rotation(Generic[Member]):
    """Round robin over tenants and, within a tenant, over its members. Every operation takes constant time."""

    def __init__(self) -> None:
        self._tenants: OrderedDict[int, deque[Member]] = OrderedDict()
        self._members: set[Member] = set()

    def add(self, member: Member) -> None:
        """Queues a member behind its tenant's others; one that waits already keeps its place."""
        if member not in self._members:
            self._members.add(member)
            self._tenants.setdefault(member.tenant, deque()).append(member)

    def take(self) -> Member | None:
        """Removes and gives the next member; its tenant goes to the end of the line."""
        if not self._tenants:
            return None
        tenant, queue = self._tenants.popitem(last=False)
        member = queue.popleft()
        self._members.discard(member)
        if queue:
            self._tenants[tenant] = queue
        return member

    def __len__(self) -> int:
        return len(self._members)
