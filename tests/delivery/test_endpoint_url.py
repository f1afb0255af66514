"""The bytes of a URL on the wire are those that were registered."""

import socket
from collections.abc import AsyncIterator

import pytest

from tests.delivery.test_egress_corpus import LyingResolver
from tests.support.deliveries import webhook_at
from tests.support.raw_server import raw_server, read_head
from tidings_server.delivery.destinations.webhook import Webhook, WebhookSession
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.http.endpoint_url import EndpointUrl
from tidings_server.delivery.message import Message, OutcomeKind, Payload
from tidings_server.platform.clock import SystemClock

SENDING = Message(Payload(b"{}", "application/json", {}, group="g"), "e", "e", dedup_id="d", topic="t.x")
TARGETS = [
    "/a%2Fb?sig=a%2Bb%2Fc%3D",
    "/a%2fb/%7Euser/%41",
    "/hook?b=2&a=1&b=1",
    "/hook?sig=a+b",
    "/hook?q=%20%2B%26",
    "/hook?",
    "/?",
    "/hook?a",
    "/hook?a=&=b&&",
    "/hook?next=http://x/?y=1",
    "/a//b/",
    "/a/./b/../c",
    "/a;v=1,2:3@4!$'()*",
    '/{template}|^`"<>\\',
    "/100%",
    "/%zz?%",
    "/hook?a[]=1",
]


@pytest.fixture
async def session() -> AsyncIterator[WebhookSession]:
    """Webhooks of this machine, which every name points to."""
    resolver = LyingResolver(["127.0.0.1"])
    egress = Egress("127.0.0.0/8,::1/128")
    opened = WebhookSession(egress=egress, clock=SystemClock(), timeout_s=5.0, max_connections=4, resolver=resolver)
    yield opened
    await opened.close()


async def head_of(session: WebhookSession, url: str) -> list[str]:
    """The first two lines of a request to the URL, whose `PORT` is the receiver's."""
    heads: list[bytes] = []

    def script(connection: socket.socket) -> None:
        heads.append(read_head(connection))
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with raw_server(script) as port:
        (outcome,) = await Webhook(webhook_at(url.replace("PORT", str(port))), session).send([SENDING])
        assert outcome.kind is OutcomeKind.DELIVERED, outcome
    return [line.replace(str(port), "PORT") for line in heads[0].decode("latin-1").split("\r\n")[:2]]


@pytest.mark.parametrize("target", TARGETS)
async def test_a_path_and_a_query_are_sent_as_they_were_registered(session: WebhookSession, target: str) -> None:
    line, _ = await head_of(session, f"http://127.0.0.1:PORT{target}")
    assert line == f"POST {target} HTTP/1.1"


@pytest.mark.parametrize(
    ("url", "line", "host"),
    [
        ("http://127.0.0.1:PORT", "POST / HTTP/1.1", "Host: 127.0.0.1:PORT"),
        ("http://127.0.0.1:PORT?a=%2F", "POST /?a=%2F HTTP/1.1", "Host: 127.0.0.1:PORT"),
        ("http://localhost.:PORT/x", "POST /x HTTP/1.1", "Host: localhost.:PORT"),
        ("http://exämple.com:PORT/", "POST / HTTP/1.1", "Host: xn--exmple-cua.com:PORT"),
        ("HTTP://LocalHost:PORT/X", "POST /X HTTP/1.1", "Host: LocalHost:PORT"),
        ("http://127.0.0.1:PORT/ä?ö=€", "POST /%C3%A4?%C3%B6=%E2%82%AC HTTP/1.1", "Host: 127.0.0.1:PORT"),
    ],
)
async def test_the_host_is_sent_as_it_was_registered(session: WebhookSession, url: str, line: str, host: str) -> None:
    assert await head_of(session, url) == [line, host]


@pytest.mark.parametrize(
    ("url", "server", "authority"),
    [
        ("https://hook.example/", ("hook.example", 443, True), "hook.example"),
        ("https://hook.example:443/", ("hook.example", 443, True), "hook.example:443"),
        ("http://hook.example:/", ("hook.example", 80, False), "hook.example"),
        ("http://[2001:DB8::1]:8080/", ("2001:DB8::1", 8080, False), "[2001:DB8::1]:8080"),
        ("http://[::1]", ("::1", 80, False), "[::1]"),
        ("http://exämple.com:81/", ("xn--exmple-cua.com", 81, False), "xn--exmple-cua.com:81"),
        ("http://例え.テスト/", ("xn--r8jz45g.xn--zckzah", 80, False), "xn--r8jz45g.xn--zckzah"),
    ],
)
def test_a_url_names_its_server(url: str, server: tuple[str, int, bool], authority: str) -> None:
    parsed = EndpointUrl.parse(url)
    assert (tuple(parsed.origin), parsed.authority) == (server, authority)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hook.example/",
        "//hook.example/",
        "ftp://hook.example/",
        "http:/hook.example/",
        "http:///path",
        "http://?q",
        "http://:80/",
        "http://hook.example:0/",
        "http://hook.example:65536/",
        "http://hook.example:8o/",
        "http://user@hook.example/",
        "http://user:pass@hook.example/",
        "http://@hook.example/",
        "http://hook.example/#part",
        "http://hook.example/?a#",
        " http://hook.example/",
        "http://hook.example/ ",
        "http://hook.example/a b",
        "http://hook.example/\ta",
        "http://hook.example/a\r\nx: y",
        "http://hook.example/\u00a0",
        "http://[::1/",
        "http://[::1]x/",
        "http://a:b:c/",
        "http://%68ook.example/",
        "http://hook..example/",
        "http://.hook.example/",
        "http://hook\\evil.example/",
        "http://hook.example,other.example/",
        "http://*.hook.example/",
        f"http://{64 * 'a'}.example/",
        f"http://{'a.' * 127}example/",
    ],
)
def test_what_no_request_can_be_made_of_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL|user|blank"):
        EndpointUrl.parse(url)
