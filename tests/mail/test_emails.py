"""Mails as events of the log."""

from dataclasses import replace
from typing import Any

import pytest

from tidings_server.delivery.requested_deliveries import EMAIL_REQUESTED
from tidings_server.mail.requests import EmailRequest, email_id, email_of, email_requested
from tidings_server.platform.errors import InvalidInput
from tidings_server.storage.log.records import Api, EventRecord

REQUEST = EmailRequest(to="ada@example.com", template_id="d-1", fallback="price_drop", data={"items": [{"name": "Ö"}]})


def record(request: EmailRequest = REQUEST, source: str = "run-1") -> EventRecord:
    return email_requested(request, tenant_id=1, source=source, at_us=1)


def test_the_event_gives_the_request_back() -> None:
    assert email_of(record()) == REQUEST
    assert (record().api, record().topic) == (Api.SCHEDULING, EMAIL_REQUESTED)


def test_one_source_mails_one_recipient_once() -> None:
    again = record(replace(REQUEST, to="ada@EXAMPLE.com", data={}))
    assert again.event_id == record().event_id == email_id("run-1", "ada@example.com")
    others = {record(source="run-2").event_id, record(replace(REQUEST, to="bob@example.com")).event_id}
    assert len({record().event_id, *others}) == 3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("to", ""),
        ("to", "ada@example.com\r\nBcc: eve@example.com"),
        ("to", "ada\0@example.com"),
        ("to", "a" * 250 + "@example.com"),
        ("subject", "Hello\nBcc: eve@example.com"),
        ("subject", "Hello\u2028there"),
        ("subject", "a" * 999),
    ],
)
def test_header_injection_is_refused(field: str, value: str) -> None:
    changed: dict[str, Any] = {field: value}
    with pytest.raises(InvalidInput) as refused:
        replace(REQUEST, **changed)
    assert [violation.field for violation in refused.value.violations] == [field]
