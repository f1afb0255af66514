"""Batches to SQS and SNS, which are alike: up to 10 entries a call, each entry with its own outcome.

How large a message may be is the queue's to say (`MaximumMessageSize`), and it refuses a whole call for one of its
messages. Such a refusal is no verdict on the others: the call is halved until the message stands alone.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from http.client import HTTPException
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from tidings_server.delivery.destinations.aws import AwsAccount, AwsAnswer, AwsClients
from tidings_server.delivery.destinations.aws_failures import concerns_one, entry_failure, failure
from tidings_server.delivery.destinations.aws_opening import MAX_BATCH
from tidings_server.delivery.message import ErrorType, Message, Outcome, OutcomeKind, message_attributes

MAX_CALLS = 4
"""Calls at once to one destination: a queue that hangs holds this many threads."""

GROUP = re.compile(r"[\x21-\x7e]{1,128}")
"""Form of a MessageGroupId."""

UNREADABLE = Outcome(OutcomeKind.RETRY, None, ErrorType.SERVICE, "the answer cannot be read")
WAITS = Outcome(OutcomeKind.RETRY, None, ErrorType.SERVICE, "not sent: an earlier message of its group was not taken")

_Entry = dict[str, Any]

_UNREADABLE_ERRORS: Final = (
    ResponseParserError,
    HTTPError,
    HTTPException,
    TypeError,
    LookupError,
    AttributeError,
    RecursionError,
)
"""Errors of botocore and below about answers that no AWS service gives; their texts quote the answer."""


@dataclass(frozen=True, slots=True)
class BatchOperation:
    """Names of a service's batch call and its fields, and the bytes that a call holds at most.

    Source: the services' quotas, for messages with their attributes.
    """

    operation: str
    address_field: str
    entries_field: str
    body_field: str
    max_bytes: int


class AwsBatch:
    """One queue or topic: a Destination that takes up to ten messages at a time."""

    max_batch = MAX_BATCH

    def __init__(self, clients: AwsClients, account: AwsAccount, call: BatchOperation, address: str) -> None:
        """`address` is the queue's URL or the topic's ARN; one that ends in `.fifo` takes groups and deduplication."""
        self._clients = clients
        self._account = account
        self._call = call
        self.address = address
        self._is_fifo = address.endswith(".fifo")
        self._calls = asyncio.Semaphore(MAX_CALLS)

    async def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """Outcomes of the messages. In a group of a FIFO destination none is sent before the one ahead was taken."""
        entries = [self._entry(str(place), sending) for place, sending in enumerate(batch)]
        outcomes: dict[str, Outcome] = {}
        failed: set[str] = set()
        for call in self._cut(entries):
            sent = await self._send([entry for entry in call if _group(entry) not in failed])
            outcomes |= {entry["Id"]: WAITS for entry in call if entry["Id"] not in sent} | sent
            failed |= {_group(entry) for entry in call if outcomes[entry["Id"]].kind is OutcomeKind.RETRY} - {""}
        return [outcomes[entry["Id"]] for entry in entries]

    async def _send(self, entries: Sequence[_Entry]) -> dict[str, Outcome]:
        """Outcomes by the entries' ids. A call that is refused for some of its entries is sent again in halves."""
        if not entries:
            return {}
        clock = self._clients.clock
        started = clock.monotonic()
        outcomes = await self._sent(entries)
        refusal = next(iter(outcomes.values()))
        if len(entries) == 1 and refusal.error_type is ErrorType.TOO_LARGE and "MessageAttributes" in entries[0]:
            bare = {name: value for name, value in entries[0].items() if name != "MessageAttributes"}
            outcomes = await self._sent([bare])
        duration_s = clock.monotonic() - started
        return {key: replace(outcome, duration_s=duration_s) for key, outcome in outcomes.items()}

    async def _sent(self, entries: Sequence[_Entry]) -> dict[str, Outcome]:
        try:
            return _outcomes(entries, await self._called(entries))
        except (ClientError, BotoCoreError, TimeoutError, OSError, ValueError) as error:
            refusal = failure(error)
            if len(entries) > 1 and concerns_one(error):
                half = len(entries) // 2
                return await self._send(entries[:half]) | await self._send(entries[half:])
        except _UNREADABLE_ERRORS:
            refusal = UNREADABLE
        return dict.fromkeys((entry["Id"] for entry in entries), refusal)

    async def _called(self, entries: Sequence[_Entry]) -> AwsAnswer:
        parameters = {self._call.address_field: self.address, self._call.entries_field: entries}
        async with self._calls:
            return await self._clients.call(self._account, self._call.operation, parameters)

    def _entry(self, key: str, sending: Message) -> _Entry:
        """The service's entry for one message. Attributes are left out where they cannot fit."""
        entry: _Entry = {"Id": key, self._call.body_field: sending.payload.body.decode("utf-8", "replace")}
        attributes = _attributes(sending)
        if attributes and len(sending.payload.body) + _attributes_size(attributes) <= self._call.max_bytes:
            entry["MessageAttributes"] = attributes
        if self._is_fifo:
            entry["MessageGroupId"] = message_group(sending.payload.group)
            entry["MessageDeduplicationId"] = sending.dedup_id
        return entry

    def _cut(self, entries: Sequence[_Entry]) -> Iterator[list[_Entry]]:
        """Entries in their order, cut where the next would take a call past its limits or be of a group in it."""
        call: list[_Entry] = []
        groups: set[str] = set()
        total = 0
        for entry in entries:
            size = len(entry[self._call.body_field].encode()) + _attributes_size(entry.get("MessageAttributes", {}))
            if call and (len(call) == MAX_BATCH or total + size > self._call.max_bytes or _group(entry) in groups):
                yield call
                call, groups, total = [], set(), 0
            call.append(entry)
            groups |= {_group(entry)} - {""}
            total += size
        if call:
            yield call


def _group(entry: _Entry) -> str:
    group: str = entry.get("MessageGroupId", "")
    return group


def message_group(entity: str) -> str:
    """MessageGroupId of an entity: itself, or its SHA-256 where the services do not take it."""
    return entity if GROUP.fullmatch(entity) else sha256(entity.encode()).hexdigest()


def _attributes(sending: Message) -> dict[str, dict[str, str]]:
    values = message_attributes(sending)
    return {name: {"DataType": "String", "StringValue": value} for name, value in values.items()}


def _attributes_size(attributes: Mapping[str, Mapping[str, str]]) -> int:
    return sum(len(name) + sum(len(part.encode()) for part in value.values()) for name, value in attributes.items())


def _outcomes(entries: Sequence[_Entry], answer: AwsAnswer) -> dict[str, Outcome]:
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
    unmentioned = Outcome(OutcomeKind.RETRY, status, ErrorType.SERVICE, "the answer does not mention this message")
    outcomes = {entry["Id"]: unmentioned for entry in entries}
    for sent in answer.get("Successful", ()):
        outcomes[sent["Id"]] = Outcome(OutcomeKind.DELIVERED, status, answer=str(sent.get("MessageId", "")))
    for failed in answer.get("Failed", ()):
        outcomes[failed["Id"]] = entry_failure(failed, status)
    return outcomes
