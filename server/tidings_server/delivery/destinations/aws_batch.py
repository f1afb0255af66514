"""Batches to SQS and SNS, which are alike: up to 10 entries and 256 KiB a call, each entry with its own outcome."""

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
from tidings_server.delivery.destinations.aws_failures import entry_failure, failure
from tidings_server.delivery.message import ErrorType, Message, Outcome, OutcomeKind

MAX_BATCH = 10
MAX_BYTES = 256 * 1024
"""Limit of a message with its attributes, and of all messages of one call."""

MAX_CALLS = 4
"""Calls at once to one destination: a queue that hangs holds this many threads."""

GROUP = re.compile(r"[\x21-\x7e]{1,128}")
"""Form of a MessageGroupId."""

UNREADABLE = Outcome(OutcomeKind.RETRY, None, ErrorType.SERVICE, "the answer cannot be read")


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
    """Names of a service's batch call and its fields."""

    operation: str
    address_field: str
    entries_field: str
    body_field: str


class AwsBatch:
    """One queue or topic: a Destination that takes up to ten messages at a time."""

    max_batch = MAX_BATCH

    def __init__(self, clients: AwsClients, account: AwsAccount, call: BatchOperation, address: str) -> None:
        """`address` is the queue's URL or the topic's ARN; one that ends in `.fifo` takes groups and deduplication."""
        self._clients = clients
        self._account = account
        self._call = call
        self._address = address
        self._is_fifo = address.endswith(".fifo")
        self._calls = asyncio.Semaphore(MAX_CALLS)

    async def send(self, batch: Sequence[Message]) -> list[Outcome]:
        entries = [self._entry(str(place), sending) for place, sending in enumerate(batch)]
        outcomes = {entry["Id"]: too_large(size) for entry, size in entries if size > MAX_BYTES}
        for fitting in _calls([(entry, size) for entry, size in entries if size <= MAX_BYTES]):
            outcomes |= await self._send(fitting)
        return [outcomes[entry["Id"]] for entry, _ in entries]

    async def _send(self, entries: Sequence[Mapping[str, Any]]) -> dict[str, Outcome]:
        clock = self._clients.clock
        started = clock.monotonic()
        parameters = {self._call.address_field: self._address, self._call.entries_field: entries}
        try:
            async with self._calls:
                answer = await self._clients.call(self._account, self._call.operation, parameters)
            outcomes = _outcomes(entries, answer)
        except (ClientError, BotoCoreError, TimeoutError, OSError, ValueError) as error:
            outcomes = dict.fromkeys((entry["Id"] for entry in entries), failure(error))
        except _UNREADABLE_ERRORS:
            outcomes = dict.fromkeys((entry["Id"] for entry in entries), UNREADABLE)
        duration_s = clock.monotonic() - started
        return {key: replace(outcome, duration_s=duration_s) for key, outcome in outcomes.items()}

    def _entry(self, key: str, sending: Message) -> tuple[dict[str, Any], int]:
        """The service's entry for one message, and its size in bytes. Attributes are left out where they do not fit."""
        body = sending.payload.body
        entry: dict[str, Any] = {"Id": key, self._call.body_field: body.decode("utf-8", "replace")}
        size = len(body)
        attributes = _attributes(sending)
        if attributes and (with_attributes := size + _attributes_size(attributes)) <= MAX_BYTES:
            entry["MessageAttributes"], size = attributes, with_attributes
        if self._is_fifo:
            entry["MessageGroupId"] = message_group(sending.payload.group)
            entry["MessageDeduplicationId"] = sending.dedup_id
        return entry, size


def too_large(size: int) -> Outcome:
    """The outcome of a message beyond the size limit, which no attempt can deliver."""
    text = f"the message has {size} bytes, the destination takes {MAX_BYTES}"
    return Outcome(OutcomeKind.EXPIRED, None, ErrorType.TOO_LARGE, text)


def message_group(entity: str) -> str:
    """MessageGroupId of an entity: itself, or its SHA-256 where the services do not take it."""
    return entity if GROUP.fullmatch(entity) else sha256(entity.encode()).hexdigest()


def _attributes(sending: Message) -> dict[str, dict[str, str]]:
    values = {"topic": sending.topic, "eventId": sending.event_id, "traceparent": sending.traceparent}
    return {name: {"DataType": "String", "StringValue": value} for name, value in values.items() if value}


def _attributes_size(attributes: Mapping[str, Mapping[str, str]]) -> int:
    return sum(len(name) + sum(len(part.encode()) for part in value.values()) for name, value in attributes.items())


def _calls(entries: Sequence[tuple[dict[str, Any], int]]) -> Iterator[list[dict[str, Any]]]:
    """Entries in their order, cut where the next one would take a call beyond its limits."""
    call: list[dict[str, Any]] = []
    total = 0
    for entry, size in entries:
        if call and (len(call) == MAX_BATCH or total + size > MAX_BYTES):
            yield call
            call, total = [], 0
        call.append(entry)
        total += size
    if call:
        yield call


def _outcomes(entries: Sequence[Mapping[str, Any]], answer: AwsAnswer) -> dict[str, Outcome]:
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
    unmentioned = Outcome(OutcomeKind.RETRY, status, ErrorType.SERVICE, "the answer does not mention this message")
    outcomes = {entry["Id"]: unmentioned for entry in entries}
    for sent in answer.get("Successful", ()):
        outcomes[sent["Id"]] = Outcome(OutcomeKind.DELIVERED, status, answer=str(sent.get("MessageId", "")))
    for failed in answer.get("Failed", ()):
        outcomes[failed["Id"]] = entry_failure(failed, status)
    return outcomes
