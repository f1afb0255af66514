"""Data sources: the tables that may name a person, one declaration a table.

A table that is in no declaration must be in `IMPERSONAL` with its reason; a test compares both with the schema. So
whoever adds a table declares which of its columns name persons, and export and erasure follow from that.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from tidings_server.privacy.person import CUSTOMER, Person, mentions
from tidings_server.privacy.redaction import Owner, redacted
from tidings_server.privacy.store.tables import SqlTable

PersonalRow = Mapping[str, Any]
ColumnValues = dict[str, Any]
RowChange = tuple[PersonalRow, ColumnValues]
"""A row as it was, and its changed columns."""
Beside = Callable[[AsyncConnection, Sequence[PersonalRow]], Awaitable[Sequence[PersonalRow]]]


@dataclass(frozen=True, slots=True)
class DocumentColumn:
    """Reader and redactor of a free-form column; all take the whole row."""

    shown: Callable[[PersonalRow], Any]
    """The column as JSON, for the file and for finding names."""
    redacted: Callable[[PersonalRow, Person, Owner | None], Any]
    """The column's value without the person. The owner is PERSON for a row that is the person's by its columns; else
    None, and the column itself says whose it is."""
    mentions: Callable[[PersonalRow, Person], bool] | None = None
    """Further search for the person in the column, where `shown` leaves something out; None: `shown` has all."""

    def names(self, row: PersonalRow, subject: Person) -> bool:
        """Search for the person's ids and contacts in the column; true if one is found."""
        is_mentioned = mentions(subject, self.shown(row))
        return is_mentioned or (self.mentions is not None and self.mentions(row, subject))


@dataclass(frozen=True, slots=True)
class DataSource:
    """One table that may name persons. All its columns but `documents` and `hidden` go into the file as they are.

    `key` names the columns by which its rows are walked through; together with the tenant they identify a row. A row
    is a person's when a column of `customers` is the customer's id, or one of `entities` (kind, id) the id or an alias
    of an entity of kind CUSTOMER or made of a contact, or a column of `contacts` or a document names the person. When
    that person is erased, ids and contacts become the pseudonym and documents are redacted. A row that is the person's
    own loses all of `contacts` and `emptied`; one that only mentions the person keeps what does not.
    """

    name: str
    table: SqlTable
    key: tuple[str, ...]
    customers: tuple[str, ...] = ()
    entities: tuple[tuple[str, str], ...] = ()
    contacts: tuple[str, ...] = ()
    documents: Mapping[str, DocumentColumn] = field(default_factory=dict)
    emptied: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    has_tenant_index: bool = True
    """Whether there is an index by tenant and `key`; else `key` is one number, and all tenants' rows are read."""
    derived: Callable[[PersonalRow], ColumnValues] = lambda _row: {}
    """Columns derived from the changed ones, such as their hashes; takes the row as it will be."""
    before: Callable[[Sequence[RowChange]], Awaitable[None]] | None = None
    """Hook before rows change; may run more than once."""
    beside: Beside | None = None
    """Hook that adds to rows what other tables say of them; its columns are `hidden`."""
    along: Callable[[AsyncConnection, Person, Sequence[RowChange]], Awaitable[None]] | None = None
    """Hook in the transaction in which rows change."""

    def is_about(self, row: PersonalRow, subject: Person) -> bool:
        """Whether a row names the person."""
        return (
            any(subject.is_customer(row[name]) for name in self.customers)
            or any(_is_persons(row, pair, subject) for pair in self.entities)
            or any(subject.is_named_in(row[name] or "") for name in self.contacts)
            or any(document.names(row, subject) for document in self.documents.values())
        )

    def is_own(self, row: PersonalRow, subject: Person) -> bool:
        """Ownership of a row by its columns: all free texts of the person's own row are about the person."""
        return (
            any(subject.is_customer(row[name]) for name in self.customers)
            or any(is_persons_entity(row, pair, subject) for pair in self.entities)
            or any(subject.is_named_by(row[name] or "") for name in self.contacts)
        )

    def shown(self, row: PersonalRow) -> ColumnValues:
        """A row as JSON."""
        left_out = {*self.hidden, *self.documents}
        values = {name: value for name, value in row.items() if name not in left_out}
        return values | {name: document.shown(row) for name, document in self.documents.items()}

    def erased(self, row: PersonalRow, subject: Person) -> ColumnValues:
        """Columns that the erasure changes in a row that names the person; empty where it is done."""
        changed: ColumnValues = {name: subject.pseudonym for name in self.customers if subject.is_customer(row[name])}
        changed |= {id_: subject.pseudonym for kind, id_ in self.entities if _is_persons(row, (kind, id_), subject)}
        is_own = self.is_own(row, subject)
        owner = Owner.PERSON if is_own else None
        gone = (name for name in self.contacts if row[name] and (is_own or subject.stands_in(row[name])))
        changed |= dict.fromkeys(gone, subject.pseudonym)
        changed |= {name: document.redacted(row, subject, owner) for name, document in self.documents.items()}
        changed |= {name: "" for name in self.emptied if row[name] and is_own}
        if changed == {name: row[name] for name in changed}:
            return {}
        return changed | self.derived({**row, **changed})


def json_text(encode: Callable[[Any], str], decode: Callable[[str], Any], name: str) -> DocumentColumn:
    """A column `name` that holds JSON as text; an empty one stays empty."""

    def shown(row: PersonalRow) -> Any:
        return decode(row[name]) if row[name] else None

    def without(row: PersonalRow, subject: Person, owner: Owner | None) -> Any:
        return encode(redacted(subject, decode(row[name]), owner=owner)) if row[name] else row[name]

    return DocumentColumn(shown, without)


IMPERSONAL: Final[Mapping[str, str]] = {
    "log_head": "one number",
    "shard_head": "one number for each shard",
    "consumer_cursor": "numbers",
    "config_version": "numbers",
    "relay_checkpoint": "numbers",
    "event_count": "numbers by topic",
    "delivery_count": "numbers",
    "work_lease": "numbers of processes",
    "process": "numbers of processes",
    "schema_migration": "numbers of migrations",
    "shared_count": "numbers, under a tenant's number or the hash of an address, for ten minutes",
    "delivery": "numbers of the log; its order key is rewritten with its event",
    "delivery_attempt": "what the tenant's own receivers answered; emptied with its event",
    "replay": "numbers of the log",
    "endpoint_alert": "numbers",
    "recovery": "numbers, and staff who asked for it",
    "recovery_item": "numbers of deliveries",
    "failed_event": "rewritten with its event",
    "idempotency": "answers of one day, sealed; given up with their events",
    "subscription": "the tenant's receivers; who made them is staff",
    "workflow": "the tenant's rules",
    "workflow_version": "the tenant's rules; who made them is staff",
    "erasure": "whom it is about is sealed, and gone when it is done",
    "customer_segment": "by a customer's number, as all of loyalty but the customer itself",
    "loyalty_rule": "the tenant's rules; who made them is staff",
    "loyalty_customer_event": "numbers",
    "loyalty_counter": "numbers",
    "loyalty_daily_counter": "numbers",
    "loyalty_foreign_value": "numbers",
    "loyalty_assessment": "numbers",
    "loyalty_fulfilment_failure": "numbers, and why a rule failed",
    "loyalty_lot": "points",
    "loyalty_transfer": "points",
    "loyalty_redemption": "points, and the tenant's own references",
    "loyalty_order": "money, and the tenant's own names of orders",
    "loyalty_segment_grant": "numbers",
    "schedule": "times",
    "schedule_run": "times and counts",
    "job": "the tenant's notifications; who made them is staff",
    "catalogue_item": "goods",
    "catalogue_stock_level": "goods",
    "catalogue_product": "goods",
    "catalogue_order": "ids and states of orders",
    "tenant": "the operator's customers are organisations",
    "retailer": "organisations",
    "store": "places",
    "credential": "applications and staff, whom the operator removes by their credentials",
    "server_key": "keys",
    "data_key": "keys",
    "issuer": "whose tokens are believed",
    "tenant_quota": "numbers",
    "tenant_usage": "numbers",
}
"""Tables that name no customer, or only along with an event, each with the reason."""


def is_persons_entity(row: PersonalRow, pair: tuple[str, str], subject: Person) -> bool:
    """Identity of a row's entity with the person; a thing that is called by the person's contact counts too."""
    kind, id_ = pair
    is_customer = str(row[kind] or "").upper() == CUSTOMER
    return _is_persons(row, pair, subject) and (is_customer or subject.is_named_by(row[id_]))


def _is_persons(row: PersonalRow, pair: tuple[str, str], subject: Person) -> bool:
    kind, id_ = pair
    is_customers = str(row[kind] or "").upper() == CUSTOMER and (
        subject.is_customer(row[id_]) or subject.is_alias(row.get("retailer_id"), row[id_])
    )
    return is_customers or subject.is_named_in(row[id_] or "")
