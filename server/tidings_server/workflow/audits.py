"""Audits: the records of what a run did, packed into one row and unfolded when somebody reads them.

Source: WIRE.md 001, the samples of ORCHESTRATION_AUDIT events.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from tidings_server.platform.json_type import Json
from tidings_server.workflow.attributes import STRING, Attribute
from tidings_server.workflow.engine.actions import EVENT_ID

_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)

START_TIMER: Final = "startTimer"
STOP_TIMER: Final = "stopTimer"


class Category(StrEnum):
    """What a record is of, spelled as the samples spell it."""

    SNAPSHOT = "snapshot"
    RULE_SET = "ruleSet"
    RULE = "rule"
    ACTION = "ACTION"
    EXCEPTION = "exception"


class EventStatus(StrEnum):
    """How far an event or an audited step has come."""

    PENDING = "PENDING"
    SCHEDULED = "SCHEDULED"
    NO_MATCH = "NO_MATCH"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    COMPLETE = "COMPLETE"


class Audit(NamedTuple):
    """One record; its context is that of the event whose run it is of. `at_us` is microseconds since 1970."""

    category: Category
    name: str
    status: EventStatus
    at_us: int
    attributes: tuple[Attribute, ...] = ()


PackedAudit = tuple[str, str, str, int, list[tuple[str, Json, str]]]
"""A record as JSON has it."""


def timers(started_us: int, stopped_us: int) -> tuple[Attribute, ...]:
    """When a step began and ended, as the sample tells it: numbers of milliseconds, called texts."""
    return (
        Attribute(START_TIMER, started_us // 1_000, STRING),
        Attribute(STOP_TIMER, stopped_us // 1_000, STRING),
    )


def sent_ids(audits: Iterable[Audit]) -> list[str]:
    """Ids of the events that a run has sent, in order."""
    actions = (audit for audit in audits if audit.category is Category.ACTION)
    return [str(one.value) for audit in actions for one in audit.attributes if one.name == EVENT_ID]


def pack(audits: Sequence[Audit]) -> str:
    """The records of one run, in order, as one text."""
    return _ENCODER.encode(audits)


def unpack(packed: str) -> list[Audit]:
    """The records that `pack` made a text of."""
    return [*map(read, rows_of(packed))]


def rows_of(packed: str) -> list[PackedAudit]:
    """The records that `pack` made a text of, each still to be `read`."""
    rows: list[PackedAudit] = json.loads(packed)
    return rows


def read(row: PackedAudit) -> Audit:
    """One record of `rows_of`."""
    category, name, status, at_us, attributes = row
    return Audit(Category(category), name, EventStatus(status), at_us, tuple(map(Attribute._make, attributes)))


def headings(packed: str) -> list[tuple[str, str, str, int]]:
    """Category, name, status and instant of each record: a fourth of what unfolding costs."""
    return [(category, name, status, at_us) for category, name, status, at_us, _ in json.loads(packed)]


_NUMBER_BITS: Final = 48
_INDEX_BITS: Final = 12
_PROOF_BITS: Final = 62
_VERSION: Final = 8 << 76
_VARIANT: Final = 0b10 << 62


class AuditIds:
    """Ids of records, worked out instead of stored: UUIDs (RFC 9562, version 8) that say which record of which run.

    Of 122 bits, 60 are the number of the event in the log and the place of the record in its run, and 62 prove that the
    id was made here; the 60 are hidden, since the numbers of events are nobody's business. `key` is at least 16 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, seq: int, index: int) -> str:
        """The id of the record at `index` (below 4,096) of the run of the event at `seq` (below 2^48)."""
        proof = self._proof(seq, index)
        hidden = (seq << _INDEX_BITS | index) ^ self._mask(proof)
        number, place = hidden >> _INDEX_BITS, hidden & ((1 << _INDEX_BITS) - 1)
        digits = f"{number << 80 | _VERSION | place << 64 | _VARIANT | proof:032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def read(self, audit_id: str) -> tuple[int, int] | None:
        """The `seq` and `index` of an id; None for one that was not made here."""
        try:
            value = UUID(audit_id).int
        except ValueError:
            return None
        proof = value & ((1 << _PROOF_BITS) - 1)
        hidden = value >> 80 << _INDEX_BITS | value >> 64 & ((1 << _INDEX_BITS) - 1)
        shown = hidden ^ self._mask(proof)
        seq, index = shown >> _INDEX_BITS, shown & ((1 << _INDEX_BITS) - 1)
        is_ours = hmac.compare_digest(self.make(seq, index).encode(), audit_id.encode())
        return (seq, index) if is_ours else None

    def _proof(self, seq: int, index: int) -> int:
        return self._bits(b"proof", seq << _INDEX_BITS | index) & ((1 << _PROOF_BITS) - 1)

    def _mask(self, proof: int) -> int:
        return self._bits(b"mask", proof) & ((1 << _NUMBER_BITS + _INDEX_BITS) - 1)

    def _bits(self, purpose: bytes, number: int) -> int:
        digest = hashlib.blake2b(number.to_bytes(8), digest_size=8, key=self._key, person=purpose).digest()
        return int.from_bytes(digest)
