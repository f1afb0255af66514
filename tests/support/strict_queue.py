"""A queue and a topic that keep their limits, and refuse what a test asks them to: for what moto does not do.

They speak what boto3 does, JSON for SQS and form posts with XML for SNS, over a real receiver.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from tests.support.receiver import Answer, Received

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no message of either service may contain."""


@dataclass(frozen=True)
class Entry:
    """One message of a call."""

    id: str
    body: str
    group: str = ""
    dedup: str = ""
    attributes: int = 0
    """Bytes of its attributes."""

    @property
    def size(self) -> int:
        return len(self.body.encode()) + self.attributes


Refused = Callable[[int, str, str], Answer]

Refusal = tuple[str, str, bool]
"""Code, message and whether it is the sender's fault."""


@dataclass
class StrictQueue:
    """Takes whole calls or refuses them, as the services do. `script` is an answer of a `Receiver`."""

    max_message: int = 1 << 20
    max_call: int = 1 << 20
    refuse_call: Callable[[list[Entry]], Answer | None] = lambda _entries: None
    refuse_entry: Callable[[Entry], Refusal | None] = lambda _entry: None
    taken: list[Entry] = field(default_factory=list)
    calls: list[list[Entry]] = field(default_factory=list)

    def script(self, request: Received) -> Answer:
        is_topic = not request.headers.get("X-Amz-Target")
        entries = _published(request.body) if is_topic else _sent(request.body)
        self.calls.append(entries)
        if answer := self._whole(entries, refused_by_topic if is_topic else refused):
            return answer
        failed = {entry.id: refusal for entry in entries if (refusal := self._one(entry))}
        passed = [entry for entry in entries if entry.id not in failed]
        seen = {(entry.group, entry.dedup) for entry in self.taken if entry.dedup}
        self.taken += [entry for entry in passed if (entry.group, entry.dedup) not in seen]
        return _xml(passed, failed) if is_topic else _json(passed, failed)

    def bodies(self, group: str | None = None) -> list[str]:
        """Bodies in the order they were taken, of one group if named."""
        return [entry.body for entry in self.taken if group in (None, entry.group)]

    def _whole(self, entries: list[Entry], refused: Refused) -> Answer | None:
        if answer := self.refuse_call(entries):
            return answer
        if len(entries) > 10 or len({entry.id for entry in entries}) < len(entries):
            return refused(400, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "too many entries")
        if sum(entry.size for entry in entries) > self.max_call:
            text = f"Batch requests cannot be longer than {self.max_call} bytes."
            return refused(400, "AWS.SimpleQueueService.BatchRequestTooLong", text)
        if any(entry.size > self.max_message for entry in entries):
            text = f"One or more parameters are invalid. Reason: Message must be shorter than {self.max_message} bytes."
            return refused(400, "InvalidParameterValue", text)
        return None

    def _one(self, entry: Entry) -> Refusal | None:
        if FORBIDDEN.search(entry.body):
            return "InvalidMessageContents", "Invalid characters found", True
        return self.refuse_entry(entry)


def refused(status: int, code: str, text: str) -> Answer:
    """An error that both protocols read."""
    return Answer(
        status, json.dumps({"__type": code, "message": text}).encode(), {"x-amzn-query-error": f"{code};Sender"}
    )


def refused_by_topic(status: int, code: str, text: str) -> Answer:
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(text)}</Message></Error>"
    return Answer(status, f"<ErrorResponse>{error}<RequestId>r</RequestId></ErrorResponse>".encode())


def _sent(body: bytes) -> list[Entry]:
    return [
        Entry(
            each["Id"],
            each["MessageBody"],
            each.get("MessageGroupId", ""),
            each.get("MessageDeduplicationId", ""),
            sum(len(name) + len("String") + len(value["StringValue"]) for name, value in _attributes(each).items()),
        )
        for each in json.loads(body)["Entries"]
    ]


def _attributes(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = entry.get("MessageAttributes", {})
    return found


def _published(body: bytes) -> list[Entry]:
    fields: dict[str, dict[str, str]] = {}
    for name, value in parse_qsl(body.decode(), keep_blank_values=True):
        if parts := re.fullmatch(r"PublishBatchRequestEntries\.member\.(\d+)\.(\w+)(?:\..*)?", name):
            fields.setdefault(parts[1], {})[parts[2]] = value
    return [
        Entry(each["Id"], each["Message"], each.get("MessageGroupId", ""), each.get("MessageDeduplicationId", ""))
        for _, each in sorted(fields.items(), key=lambda item: int(item[0]))
    ]


def _json(passed: list[Entry], failed: Mapping[str, Refusal]) -> Answer:
    answer = {
        "Successful": [{"Id": entry.id, "MessageId": f"m-{entry.id}"} for entry in passed],
        "Failed": [
            {"Id": key, "Code": code, "Message": text, "SenderFault": is_sender}
            for key, (code, text, is_sender) in failed.items()
        ],
    }
    return Answer(body=json.dumps(answer).encode())


def _xml(passed: list[Entry], failed: Mapping[str, Refusal]) -> Answer:
    good = "".join(f"<member><Id>{entry.id}</Id><MessageId>m-{entry.id}</MessageId></member>" for entry in passed)
    bad = "".join(
        f"<member><Id>{key}</Id><Code>{code}</Code><Message>{escape(text)}</Message>"
        f"<SenderFault>{str(is_sender).lower()}</SenderFault></member>"
        for key, (code, text, is_sender) in failed.items()
    )
    result = f"<PublishBatchResult><Successful>{good}</Successful><Failed>{bad}</Failed></PublishBatchResult>"
    text = f'<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">{result}</PublishBatchResponse>'
    return Answer(body=text.encode())
