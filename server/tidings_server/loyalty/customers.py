"""Customers: profiles, accounts and events. Events create customers, and clients change their profiles."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.ledger.queries import AccountSummary, Ledger, existing_customer
from tidings_server.loyalty.profile import MAX_ATTRIBUTES, PROFILE_FIELDS, Profile, profile_of
from tidings_server.loyalty.read_your_writes import ReadYourWrites
from tidings_server.loyalty.store import customers
from tidings_server.loyalty.store import profiles as profile_store
from tidings_server.loyalty.store.customers import StoredCustomer
from tidings_server.loyalty.store.profiles import CustomerFilter, EmailTaken
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Conflict, InvalidInput, LostRace, VersionMismatch
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import StoredEvent

MAX_EVENT_BYTES: Final = 300 << 10
"""More than any event has."""

PAGE_BYTES: Final = 2 << 20
"""Bodies of one answer: a gRPC client accepts 4 MiB by default."""

CHANGEABLE_COLUMNS: Final = frozenset({"is_locked", "external_reference"})
"""Fields of a change that are columns; the others are fields of Profile."""


class LoyaltyCustomer(NamedTuple):
    """A customer: row, profile and account."""

    stored: StoredCustomer
    profile: Profile
    account: AccountSummary


class CustomerEvents(NamedTuple):
    """A page of a customer's events, newest first. `last` is the number to continue below; None at the end."""

    events: list[StoredEvent]
    last: int | None


class Customers:
    """Reads and changes customers. Another tenant's customer is NotFound."""

    def __init__(self, database: Database, ledger: Ledger, read_your_writes: ReadYourWrites, *, clock: Clock) -> None:
        self._database = database
        self._ledger = ledger
        self._read_your_writes = read_your_writes
        self._clock = clock

    async def get(self, scope: Scope, customer_id: str) -> LoyaltyCustomer:
        """A customer, after the effects of all events stored before the call. Raises NotFound."""
        await self._read_your_writes.wait(scope.tenant, customer_id)
        async with self._database.read() as conn:
            [customer] = await self._with_accounts(conn, [await existing_customer(conn, scope, customer_id)])
        return customer

    async def change(
        self, scope: Scope, customer_id: str, changes: Mapping[str, Any], *, if_match: frozenset[int] | None = None
    ) -> LoyaltyCustomer:
        """Change fields of Profile and CHANGEABLE_COLUMNS. Attributes are set one by one; None removes one.

        Raises NotFound, VersionMismatch, Conflict for an address that another customer has, InvalidInput for too many
        attributes.
        """
        await self._read_your_writes.wait(scope.tenant, customer_id)

        async def change(conn: AsyncConnection) -> LoyaltyCustomer:
            stored = await existing_customer(conn, scope, customer_id)
            if if_match is not None and stored.version not in if_match:
                raise VersionMismatch
            values = _values(stored, changes) | {"changed_at": self._clock.now_us()}
            changed = await _changed(conn, scope, stored, values=values)
            [customer] = await self._with_accounts(conn, [changed])
            return customer

        return await self._database.write_queue.run(change)

    async def page(self, scope: Scope, filters: CustomerFilter, *, after: int, limit: int) -> list[LoyaltyCustomer]:
        """The tenant's customers with a key above `after`, the oldest first."""
        filters = filters._replace(email=filters.email.lower(), at_us=self._clock.now_us())
        async with self._database.read() as conn:
            return await self._with_accounts(
                conn, await profile_store.page(conn, scope.tenant, filters, after=after, limit=limit)
            )

    async def events(self, scope: Scope, customer_id: str, *, before: int, limit: int) -> CustomerEvents:
        """A customer's events numbered below `before`, newest first; about 2 MiB at most. Raises NotFound."""
        await self._read_your_writes.wait(scope.tenant, customer_id)
        async with self._database.read() as conn:
            stored = await existing_customer(conn, scope, customer_id)
            seqs = await customers.events(conn, stored.key, before=before, limit=limit + 1)
            found = {event.seq: event for event in await log.at(conn, seqs[:limit], max_bytes=limit * MAX_EVENT_BYTES)}
        return _events_page(seqs, found, limit)

    async def _with_accounts(self, conn: AsyncConnection, stored: list[StoredCustomer]) -> list[LoyaltyCustomer]:
        accounts = await self._ledger.accounts(conn, stored, at_us=self._clock.now_us())
        return [LoyaltyCustomer(each, profile_of(each.profile), accounts[each.key]) for each in stored]


def _events_page(seqs: Sequence[int], found: Mapping[int, StoredEvent], limit: int) -> CustomerEvents:
    """Up to `limit` of these events, fewer where they are large; those that retention has removed are missing."""
    events: list[StoredEvent] = []
    room = PAGE_BYTES
    for at, seq in enumerate(seqs[:limit]):
        if seq in found:
            events.append(found[seq])
            room -= len(found[seq].body)
        if room <= 0 and at + 1 < len(seqs):
            return CustomerEvents(events, seq)
    return CustomerEvents(events, seqs[limit - 1] if len(seqs) > limit else None)


async def _changed(
    conn: AsyncConnection, scope: Scope, stored: StoredCustomer, *, values: Mapping[str, Any]
) -> StoredCustomer:
    email = values.get("email")
    if email and await profile_store.with_email(conn, scope.tenant, email) not in (None, stored.key):
        raise Conflict("Another customer has this emailAddress.")
    try:
        changed = await profile_store.change(conn, stored, values)
    except EmailTaken:  # by a change of another process, at the same moment
        raise Conflict("Another customer has this emailAddress.") from None
    if changed is None:
        raise LostRace
    return changed


def _values(stored: StoredCustomer, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a changed customer."""
    profile = profile_of(stored.profile)
    attributes = {**profile.attributes, **changes.get("attributes", {})}
    attributes = {name: value for name, value in attributes.items() if value is not None}
    if len(attributes) > MAX_ATTRIBUTES:
        raise InvalidInput.of("attributes", f"at most {MAX_ATTRIBUTES} in all", f"{len(attributes)} attributes")
    named = {name: value for name, value in changes.items() if name in PROFILE_FIELDS}
    values: dict[str, Any] = {"profile": replace(profile, **named | {"attributes": attributes}).packed()}
    values |= {name: changes[name] for name in CHANGEABLE_COLUMNS & changes.keys()}
    if "external_reference" in values:
        values["external_reference"] = values["external_reference"] or None
    if "email_address" in changes:
        values["email"] = changes["email_address"].lower() or None
    return values
