"""Mail by SMTP to a real server: what goes over the wire, and what comes of what can go wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from email.headerregistry import Address
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.mail_server import PASSWORD, USER, certificate, mail_server
from tidings_server.delivery.destinations import Destinations
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.message import DestinationSettings, ErrorType, Message, Outcome, OutcomeKind, Payload
from tidings_server.delivery.store.subscriptions import DestinationKind
from tidings_server.mail.addresses import check_address
from tidings_server.mail.destination import TenantMail
from tidings_server.mail.message import CONTENT_TYPE, MailMessage, OutgoingMail
from tidings_server.mail.transport.smtp import SEND_TIMEOUT_S, SmtpTransport
from tidings_server.platform.clock import Clock, ManualClock, SystemClock
from tidings_server.platform.smtp_url import SmtpUrl, Tls

SENDER = Address("Shop Ö", addr_spec="shop@shop.example")
LETTER = MailMessage(to="ada@example.com", subject="Grüße", text="Hello\n", html="<p>Hello</p>")
CLOCK = SystemClock()
LOGIN = f"{USER}:{quote(PASSWORD, safe='')}@"


@asynccontextmanager
async def transport(
    url: str, *, connections: int = 4, clock: Clock = CLOCK, send_timeout_s: float = SEND_TIMEOUT_S
) -> AsyncIterator[SmtpTransport]:
    opened = SmtpTransport(
        SmtpUrl.parse(url), sender=SENDER, clock=clock, max_connections=connections, send_timeout_s=send_timeout_s
    )
    yield opened
    await opened.close()


async def send(url: str, *mails: MailMessage) -> list[Outcome]:
    async with transport(url) as opened:
        return await opened.send(7, [OutgoingMail(f"mail-{number}", each) for number, each in enumerate(mails)])


async def test_a_mail_arrives_as_text_and_html() -> None:
    async with mail_server() as server:
        [outcome] = await send(f"smtp://127.0.0.1:{server.port}", LETTER)
    assert (outcome.kind, outcome.answer) == (OutcomeKind.DELIVERED, "taken")
    [arrived] = server.arrived
    assert (arrived.sender, arrived.recipients) == ("shop@shop.example", ["ada@example.com"])
    headers = {name: str(arrived.message[name]) for name in ("From", "To", "Subject", "Message-ID", "Auto-Submitted")}
    assert headers == {
        "From": "Shop Ö <shop@shop.example>",
        "To": "ada@example.com",
        "Subject": "Grüße",
        "Message-ID": "<mail-0@shop.example>",
        "Auto-Submitted": "auto-generated",
    }
    parts = {part.get_content_type(): part.get_content().strip() for part in arrived.message.iter_parts()}
    assert parts == {"text/plain": "Hello", "text/html": "<p>Hello</p>"}


@pytest.mark.parametrize(
    ("mail", "kind"),
    [(replace(LETTER, html=""), "text/plain"), (replace(LETTER, text=""), "text/html")],
)
async def test_a_mail_of_one_part_is_not_multipart(mail: MailMessage, kind: str) -> None:
    async with mail_server() as server:
        await send(f"smtp://127.0.0.1:{server.port}", mail)
    assert server.arrived[0].message.get_content_type() == kind


async def test_many_mails_share_few_connections_and_each_has_its_own_outcome() -> None:
    async with mail_server() as server:
        server.on_recipient = lambda address: "550 nobody here" if address.startswith("no") else "250 taken"
        mails = [replace(LETTER, to=f"{'no' if number == 3 else 'yes'}{number}@example.com") for number in range(10)]
        async with transport(f"smtp://127.0.0.1:{server.port}", connections=2) as opened:
            outgoing = [OutgoingMail(f"mail-{number}", each) for number, each in enumerate(mails)]
            batches = [outgoing[:5], outgoing[5:]] * 3
            outcomes, *_ = await asyncio.gather(*(opened.send(7, batch) for batch in batches))
    assert server.connections == 2
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.DELIVERED] * 3 + [
        OutcomeKind.EXPIRED,
        OutcomeKind.DELIVERED,
    ]
    assert (outcomes[3].status, outcomes[3].error_type) == (550, ErrorType.REFUSED_CONTENT)


async def test_a_wait_for_a_connection_that_others_have_is_no_part_of_an_attempt() -> None:
    mail = [OutgoingMail("mail-1", LETTER)]
    async with mail_server() as server:
        server.takes_s = 1.0
        url = f"smtp://127.0.0.1:{server.port}"
        async with transport(url, connections=1, send_timeout_s=3.0) as opened:
            sent = await asyncio.gather(*(opened.send(tenant, mail) for tenant in range(5)))
    assert [outcome.kind for [outcome] in sent] == [OutcomeKind.DELIVERED] * 5


@pytest.mark.parametrize(
    ("answer", "kind", "error", "throttled"),
    [
        ("450 greylisted", OutcomeKind.RETRY, ErrorType.SERVICE, False),
        ("421 going down", OutcomeKind.RETRY, ErrorType.SERVICE, True),
        ("554 spam", OutcomeKind.EXPIRED, ErrorType.REFUSED_CONTENT, False),
        ("552 too large", OutcomeKind.EXPIRED, ErrorType.TOO_LARGE, False),
    ],
)
async def test_a_temporary_no_is_tried_again_and_a_permanent_one_is_not(
    answer: str, kind: OutcomeKind, error: ErrorType, throttled: bool
) -> None:
    async with mail_server() as server:
        server.on_data = lambda _address: answer
        [outcome, second] = await send(f"smtp://127.0.0.1:{server.port}", LETTER, LETTER)
    assert (outcome.kind, outcome.error_type, outcome.throttled) == (kind, error, throttled)
    assert outcome.status == int(answer[:3])
    assert second.kind is kind


async def test_starttls_and_the_login_are_used_and_the_password_never_goes_in_the_clear(tmp_path: Path) -> None:
    context, ca_file = certificate(tmp_path)
    async with mail_server(starttls=context, asks_login=True) as server:
        [outcome] = await send(f"smtp://{LOGIN}127.0.0.1:{server.port}?ca_file={ca_file}", LETTER)
        assert outcome.kind is OutcomeKind.DELIVERED
        [arrived] = server.arrived
        assert (arrived.over_tls, arrived.user) == (True, True)
        [outcome] = await send(f"smtp://{USER}:wrong@127.0.0.1:{server.port}?ca_file={ca_file}", LETTER)
        assert (outcome.kind, outcome.error_type) == (OutcomeKind.RETRY, ErrorType.CREDENTIALS)
        [outcome] = await send(f"smtp://{LOGIN}127.0.0.1:{server.port}", LETTER)
        assert (outcome.kind, outcome.error_type) == (OutcomeKind.RETRY, ErrorType.TLS), "a certificate nobody knows"


async def test_a_server_without_starttls_gets_nothing_where_there_is_a_password() -> None:
    async with mail_server() as server:
        [outcome] = await send(f"smtp://{LOGIN}127.0.0.1:{server.port}", LETTER)
    assert (outcome.kind, outcome.error_type, server.arrived) == (OutcomeKind.RETRY, ErrorType.TLS, [])


async def test_smtps_is_encrypted_from_the_first_byte(tmp_path: Path) -> None:
    context, ca_file = certificate(tmp_path)
    async with mail_server(tls=context) as server:
        [outcome] = await send(f"smtps://127.0.0.1:{server.port}?ca_file={ca_file}", LETTER)
    assert outcome.kind is OutcomeKind.DELIVERED
    assert server.arrived[0].over_tls


async def test_an_address_in_another_script_needs_a_server_that_takes_it() -> None:
    mail = replace(LETTER, to="ädä@bücher.example")
    async with mail_server() as server:
        [outcome] = await send(f"smtp://127.0.0.1:{server.port}", mail)
        assert (outcome.kind, server.arrived[0].recipients) == (OutcomeKind.DELIVERED, [mail.to])
    async with mail_server(utf8=False) as server:
        [outcome] = await send(f"smtp://127.0.0.1:{server.port}", mail)
        assert outcome.kind is OutcomeKind.EXPIRED


@pytest.mark.parametrize("to", ["idn@exämple.com", "idn@xn--exmple-cua.com", "Idn@EXÄMPLE.com"])
async def test_a_domain_in_another_script_goes_to_every_server_as_a_label(to: str) -> None:
    mail = replace(LETTER, to=check_address(to, "to"))
    async with mail_server(utf8=False) as server:
        [outcome] = await send(f"smtp://127.0.0.1:{server.port}", mail)
    assert outcome.kind is OutcomeKind.DELIVERED
    [arrived] = server.arrived
    assert [each.lower() for each in (*arrived.recipients, arrived.message["To"])] == ["idn@xn--exmple-cua.com"] * 2


@pytest.mark.parametrize("mail", [replace(LETTER, subject="a\r\nBcc: eve@example.com"), replace(LETTER, to="a\n@b.c")])
async def test_header_injection_is_never_sent(mail: MailMessage) -> None:
    async with mail_server() as server:
        [outcome, after] = await send(f"smtp://127.0.0.1:{server.port}", mail, LETTER)
    assert (outcome.kind, outcome.error_type) == (OutcomeKind.EXPIRED, ErrorType.REFUSED_CONTENT)
    assert after.kind is OutcomeKind.DELIVERED
    assert len(server.arrived) == 1


async def test_a_server_that_is_not_there_is_tried_again(unused_tcp_port: int) -> None:
    outcomes = await send(f"smtp://127.0.0.1:{unused_tcp_port}", LETTER, LETTER)
    assert [(each.kind, each.error_type) for each in outcomes] == [(OutcomeKind.RETRY, ErrorType.CONNECTION)] * 2


async def test_a_connection_that_was_idle_for_long_is_not_used_again(clock: ManualClock) -> None:
    async with mail_server() as server, transport(f"smtp://127.0.0.1:{server.port}", clock=clock) as opened:
        for pause_s in (0, 29, 31):
            clock.advance(timedelta(seconds=pause_s))
            [outcome] = await opened.send(7, [OutgoingMail("1", LETTER)])
            assert outcome.kind is OutcomeKind.DELIVERED
    assert server.connections == 2


async def test_the_delivery_engine_sends_mail_by_it() -> None:
    async with mail_server() as server, transport(f"smtp://127.0.0.1:{server.port}") as opened:
        destinations = Destinations(egress=Egress(), clock=SystemClock(), mail=TenantMail(opened))
        mail = destinations.open(DestinationSettings(DestinationKind.MAIL, tenant_id=7))
        payload = Payload(LETTER.packed(), CONTENT_TYPE, {}, group="")
        [outcome] = await mail.send([Message(payload, "e-1", "e-1:replay-1", "", "email.requested")])
        await destinations.close()
    assert outcome.kind is OutcomeKind.DELIVERED
    assert server.arrived[0].message["Message-ID"] == "<e-1.replay-1@shop.example>"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", SmtpUrl("mail.example", 587, Tls.OFFERED)),
        ("smtp://mail.example:25?starttls=never", SmtpUrl("mail.example", 25, Tls.NEVER)),
        ("smtp://u%40x:p%2F%3A@mail.example", SmtpUrl("mail.example", 587, Tls.REQUIRED, "u@x", "p/:")),
        ("smtp://u:p@mail.example?starttls=auto", SmtpUrl("mail.example", 587, Tls.OFFERED, "u", "p")),
        ("smtps://mail.example/", SmtpUrl("mail.example", 465, Tls.IMPLICIT)),
        ("smtp://[::1]:2525", SmtpUrl("::1", 2525, Tls.OFFERED)),
        ("smtp://m?ca_file=/etc/ca.pem", SmtpUrl("m", 587, Tls.OFFERED, ca_file=Path("/etc/ca.pem"))),
    ],
)
def test_a_server_is_named_by_a_url(url: str, expected: SmtpUrl) -> None:
    assert SmtpUrl.parse(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example/path",
        "smtp://user@mail.example",
        "smtp://mail.example?tls=yes",
        "smtp://mail.example?starttls=maybe",
        "smtps://mail.example?starttls=required",
        "smtp://mail.example:99999",
    ],
)
def test_another_form_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - its text is looked at
        SmtpUrl.parse(url)
    assert "mail.example" not in str(refused.value)


async def test_a_busy_connection_is_made_anew_in_time(clock: ManualClock) -> None:
    """So a name that points elsewhere is followed, however much mail there is."""
    async with mail_server() as server, transport(f"smtp://127.0.0.1:{server.port}", clock=clock) as opened:
        for number in range(14):
            await opened.send(7, [OutgoingMail(f"mail-{number}", LETTER)])
            clock.advance(timedelta(seconds=10))
    assert (len(server.arrived), server.connections) == (14, 2)


async def test_a_connection_that_its_server_has_closed_costs_no_attempt() -> None:
    async with mail_server() as server, transport(f"smtp://127.0.0.1:{server.port}") as opened:
        await opened.send(7, [OutgoingMail("mail-1", LETTER)])
        first = server.sessions[0].transport
        assert isinstance(first, asyncio.WriteTransport)
        first.write(b"421 4.4.2 idle for too long\r\n")
        first.close()
        [outcome] = await opened.send(7, [OutgoingMail("mail-2", LETTER)])
    assert (outcome.kind, server.connections) == (OutcomeKind.DELIVERED, 2)


@pytest.mark.parametrize(
    ("reply", "is_well"),
    [
        *(("450 4.7.1 greylisted", True), ("451 4.7.1 try again", True), ("452 4.2.2 mailbox full", True)),
        *(("450 later", True), ("451 4.3.0 mail system", False), ("452 4.3.1 no space", False), ("451 later", False)),
        ("421 4.7.0 too many", False),
    ],
)
async def test_what_is_said_of_one_recipient_is_no_failure_of_the_server(reply: str, *, is_well: bool) -> None:
    async with mail_server() as server:
        server.on_recipient = lambda _address: reply
        [outcome] = await send(f"smtp://127.0.0.1:{server.port}", LETTER)
    assert (outcome.kind, outcome.is_well) == (OutcomeKind.RETRY, is_well)
