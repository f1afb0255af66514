"""Signatures, checked with the libraries of receivers."""

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.support.vol_signature import vol_signature
from tidings_server.delivery.signing import Signer, dedup_id, signing_secret
from tidings_server.platform.clock import to_us

BODY = b'{"eventId":"1"}'


def whsec(secret: str) -> Webhook:
    return Webhook(signing_secret(secret))


def now_us() -> int:
    """Receivers refuse what is older than five minutes, so the time of the import would not do."""
    return to_us(datetime.now(UTC))


def test_the_vendors_test_vector() -> None:
    """WIRE.md 002 (b)."""
    body = (
        b"x-vol-tenant-domain=t419.sandbox.mozu-qa.com&x-vol-return-url=https://t419.sandbox.mozu-qa.com/Admin/s-1223"
        b"/capability/edit/7d7fadf25e9f454eb6cc87df888395ea/#configure"
    )
    secret, signature = "b2dc973d5dec4bd6aa325fa906a64aee", "yJ+gMQm3FZzKfgySi+1jGYcUcSADVjr3x19BwKyFj9w="
    sent_at = to_us(datetime(2014, 8, 18, 21, 7, 21, tzinfo=UTC))
    headers = dict(Signer([secret]).headers(message_id="evt-1", sent_at=sent_at, body=body))
    assert headers["x-vol-hmac-sha256"] == signature
    assert vol_signature(secret, date="Mon, 18 Aug 2014 21:07:21 GMT", body=body) == signature


def test_a_standard_webhooks_receiver_accepts_it() -> None:
    headers = dict(Signer(["Geheimnis-äöü"]).headers(message_id="evt-1", sent_at=now_us(), body=BODY))
    assert whsec("Geheimnis-äöü").verify(BODY, headers) == {"eventId": "1"}


def test_during_a_rotation_receivers_with_either_secret_accept_it() -> None:
    headers = dict(Signer(["new", "old"]).headers(message_id="evt-1", sent_at=now_us(), body=BODY))
    assert whsec("new").verify(BODY, headers) == whsec("old").verify(BODY, headers) == {"eventId": "1"}
    with pytest.raises(WebhookVerificationError):
        whsec("other").verify(BODY, headers)


def test_a_changed_body_is_refused() -> None:
    headers = dict(Signer(["secret"]).headers(message_id="evt-1", sent_at=now_us(), body=BODY))
    with pytest.raises(WebhookVerificationError):
        whsec("secret").verify(BODY + b" ", headers)


def test_the_date_is_rfc_1123_and_signed_to_the_letter() -> None:
    sent_at = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
    headers = Signer(["new", "old"]).headers(message_id="evt-1", sent_at=to_us(sent_at), body=BODY)
    assert ("Date", "Fri, 02 Jan 2026 03:04:05 GMT") in headers
    assert ("webhook-timestamp", str(int((sent_at - timedelta(milliseconds=678)).timestamp()))) in headers
    assert [value for name, value in headers if name == "x-vol-hmac-sha256"] == [
        vol_signature(secret, date="Fri, 02 Jan 2026 03:04:05 GMT", body=BODY) for secret in ("new", "old")
    ]


def test_a_deduplication_id_is_the_same_for_each_attempt_and_another_for_each_replay() -> None:
    first = dedup_id("e", "s", "")
    assert first == dedup_id("e", "s", "")
    assert len({first, dedup_id("e", "s", "r"), dedup_id("e", "sr", ""), dedup_id("es", "", "")}) == 4
    assert len(first) == 64
