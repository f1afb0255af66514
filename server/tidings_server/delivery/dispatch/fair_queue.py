"""Turns of members: fair between tenants, then between each tenant's members."""

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar


class HasTenant(Protocol):
    """A member of a fair queue."""

    @property
    def tenant_id(self) -> int: ...


Member = TypeVar("Member", bound=HasTenant)


class FairQueue(Generic[Member]):
    """Round robin over tenants and, within a tenant, over its members. It looks past tenants that may have no turn."""

    def __init__(self) -> None:
        self._tenants: OrderedDict[int, deque[Member]] = OrderedDict()
        self._members: set[Member] = set()

    def add(self, member: Member) -> None:
        """Queues a member behind its tenant's others; one that is queued already keeps its place."""
        if member not in self._members:
            self._members.add(member)
            self._tenants.setdefault(member.tenant_id, deque()).append(member)

    def take(self, may_have: Callable[[int], bool] = lambda _tenant: True) -> Member | None:
        """The next member of a tenant that may have a turn, removed; its tenant goes to the end of the line.

        None where there is none.
        """
        tenant = next(filter(may_have, self._tenants), None)
        if tenant is None:
            return None
        members = self._tenants.pop(tenant)
        member = members.popleft()
        self._members.discard(member)
        if members:
            self._tenants[tenant] = members
        return member

    def __len__(self) -> int:
        return len(self._members)
