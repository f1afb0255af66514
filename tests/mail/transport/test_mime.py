"""Messages, read back by Python's own parser."""

from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidings_server.mail.message import MailMessage, OutgoingMail
from tidings_server.mail.transport.mime import mime

SENDER = Address("Shop Ö", addr_spec="shop@shop.example")

characters = st.characters(codec="utf-8", exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\0")
texts = st.text(characters, max_size=3_000)
subjects = st.text(characters, max_size=300).map(lambda text: "".join(filter(str.isprintable, text)))


def read(mail: MailMessage) -> EmailMessage:
    raw = mime(OutgoingMail("mail-1", mail), SENDER, at_us=0)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def lines(part: MIMEPart) -> list[str]:
    return str(part.get_content()).replace("\r\n", "\n").split("\n")[:-1]


@given(subject=subjects, text=texts, html=texts)
def test_a_request_survives_its_event(subject: str, text: str, html: str) -> None:
    message = read(MailMessage(to="ada@example.com", subject=subject, text=text, html=html))
    assert " ".join(str(message["Subject"]).split()) == " ".join(subject.split())
    parts = list(message.iter_parts()) if message.is_multipart() else [message]
    given_parts = [("text/plain", text)] if text or not html else []
    given_parts += [("text/html", html)] if html else []
    expected = [(kind, part.split("\n")[: None if not part.endswith("\n") else -1]) for kind, part in given_parts]
    assert [(part.get_content_type(), lines(part)) for part in parts] == [
        (kind, [] if content == [""] else content) for kind, content in expected
    ]


@pytest.mark.parametrize("subject", ["=?utf-8?q?Bcc=3A?=", "a" * 500, "Ü" * 300, "a " * 200, "plain"])
def test_subjects_of_every_kind(subject: str) -> None:
    message = read(MailMessage(to="ada@example.com", subject=subject, text="x"))
    assert "".join(str(message["Subject"]).split()) == "".join(subject.split())


@pytest.mark.parametrize(
    "mail",
    [
        MailMessage(to="a@b.example\r\nBcc: eve@example.com", subject="x"),
        MailMessage(to="a@b.example", subject="x\r\nBcc: eve@example.com"),
        MailMessage(to="a@b.example", subject="x\r\n Bcc: eve@example.com"),
        MailMessage(to="a@b.example", subject="x\0"),
        MailMessage(to="a@b.example", subject="ü\u2028Bcc: eve@example.com"),
    ],
)
def test_a_value_adds_no_second_header(mail: MailMessage) -> None:
    with pytest.raises(ValueError, match="control characters"):
        mime(OutgoingMail("mail-1", mail), SENDER, at_us=0)
