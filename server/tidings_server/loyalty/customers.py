"""Customers: who they are, what they have, what happened to them. Events make them; clients change their profiles."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.loyalty.ledger.queries import Account, Ledger, existing
from tidings_server.loyalty.profile import MAX_FACTS, NAMES, Profile, profile_of
from tidings_server.loyalty.read_your_writes import Freshness
from tidings_server.loyalty.store import customers
from tidings_server.loyalty.store import profiles as table
from tidings_server.loyalty.store.customers import StoredCustomer
from tidings_server.loyalty.store.profiles import EmailTaken, Wanted
from tidings_server.platform.clock import Clock
from tidings_server.platform.errors import Conflict, InvalidInput, LostRace, VersionMismatch
from tidings_server.platform.scope import Scope
from tidings_server.storage.database import Database
from tidings_server.storage.log import events as log
from tidings_server.storage.log.records import StoredEvent

Versions = frozenset[int] | None
"""The versions that `If-Match` allows; None allows any."""

EVENT_BYTES: Final = 300 << 10
"""Above what any event has."""

PAGE_BYTES: Final = 2 << 20
"""Bodies of one page: a gRPC client takes answers of 4 MiB by default."""

COLUMNS: Final = frozenset({"is_locked", "external_reference"})
"""What of a change has a column of its own."""


class Customer(NamedTuple):
    """A customer: the row, what is told of it, and what it has."""

    stored: StoredCustomer
    profile: Profile
    account: Account


class History(NamedTuple):
    """Some of a customer's events, newest first, and the number of the last that was looked at; None after all."""

    events: list[StoredEvent]
    last: int | None


class Customers:
    """The use cases. Another tenant's customer is NotFound."""

    def __init__(self, database: Database, ledger: Ledger, freshness: Freshness, *, clock: Clock) -> None:
        self._database = database
        self._ledger = ledger
        self._freshness = freshness
        self._clock = clock

    async def get(self, scope: Scope, customer_id: str) -> Customer:
        """The customer as the events that are stored by now have left it. Raises NotFound."""
        await self._freshness.wait(scope.tenant, customer_id)
        async with self._database.read() as conn:
            [whole] = await self._whole(conn, [await existing(conn, scope, customer_id)])
        return whole

    async def change(
        self, scope: Scope, customer_id: str, told: Mapping[str, Any], *, if_match: Versions = None
    ) -> Customer:
        """Changes what `told` names: fields of Profile and COLUMNS. Attributes are set one by one, None removes one.

        Raises NotFound, VersionMismatch, Conflict for an address that another customer has, InvalidInput for too many
        attributes.
        """
        await self._freshness.wait(scope.tenant, customer_id)

        async def unit(conn: AsyncConnection) -> Customer:
            stored = await existing(conn, scope, customer_id)
            if if_match is not None and stored.version not in if_match:
                raise VersionMismatch
            values = _values(stored, told) | {"changed_at": self._clock.now_us()}
            changed = await _changed(conn, scope, stored, values)
            [whole] = await self._whole(conn, [changed])
            return whole

        return await self._database.write_queue.run(unit)

    async def page(self, scope: Scope, wanted: Wanted, *, after: int, limit: int) -> list[Customer]:
        """The tenant's customers in the order in which they came, those after the key `after`."""
        wanted = wanted._replace(email=wanted.email.lower(), at_us=self._clock.now_us())
        async with self._database.read() as conn:
            return await self._whole(conn, await table.page(conn, scope.tenant, wanted, after=after, limit=limit))

    async def events(self, scope: Scope, customer_id: str, *, before: int, limit: int) -> History:
        """A customer's events, newest first, those before event number `before`; bodies of about 2 MiB.

        Raises NotFound.
        """
        await self._freshness.wait(scope.tenant, customer_id)
        async with self._database.read() as conn:
            stored = await existing(conn, scope, customer_id)
            seqs = await customers.events(conn, stored.key, before=before, limit=limit + 1)
            found = {event.seq: event for event in await log.at(conn, seqs[:limit], max_bytes=limit * EVENT_BYTES)}
        return _history(seqs, found, limit)

    async def _whole(self, conn: AsyncConnection, stored: list[StoredCustomer]) -> list[Customer]:
        accounts = await self._ledger.accounts(conn, stored, at_us=self._clock.now_us())
        return [Customer(each, profile_of(each.profile), accounts[each.key]) for each in stored]


def _history(seqs: Sequence[int], found: Mapping[int, StoredEvent], limit: int) -> History:
    """Up to `limit` of these events, fewer where they are large; those that retention has removed are left out."""
    events: list[StoredEvent] = []
    room = PAGE_BYTES
    for at, seq in enumerate(seqs[:limit]):
        if seq in found:
            events.append(found[seq])
            room -= len(found[seq].body)
        if room <= 0 and at + 1 < len(seqs):
            return History(events, seq)
    return History(events, seqs[limit - 1] if len(seqs) > limit else None)


async def _changed(
    conn: AsyncConnection, scope: Scope, stored: StoredCustomer, values: Mapping[str, Any]
) -> StoredCustomer:
    email = values.get("email")
    if email and await table.with_email(conn, scope.tenant, email) not in (None, stored.key):
        raise Conflict("Another customer has this emailAddress.")
    try:
        changed = await table.change(conn, stored, values)
    except EmailTaken:  # by a change of another process, at the same moment
        raise Conflict("Another customer has this emailAddress.") from None
    if changed is None:
        raise LostRace
    return changed


def _values(stored: StoredCustomer, told: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that a change gives a customer."""
    profile = profile_of(stored.profile)
    facts = {**profile.attributes, **told.get("attributes", {})}
    facts = {name: value for name, value in facts.items() if value is not None}
    if len(facts) > MAX_FACTS:
        raise InvalidInput.of("attributes", f"at most {MAX_FACTS} in all", f"{len(facts)} attributes")
    named = {name: value for name, value in told.items() if name in NAMES}
    values: dict[str, Any] = {"profile": replace(profile, **named | {"attributes": facts}).packed()}
    values |= {name: told[name] for name in COLUMNS & told.keys()}
    if "external_reference" in values:
        values["external_reference"] = values["external_reference"] or None
    if "email_address" in told:
        values["email"] = told["email_address"].lower() or None
    return values
