"""The guard against a corpus of addresses, of spellings of addresses, and of name servers that lie."""

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import chain, cycle

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from tests.delivery.egress_corpus import ANSWERS, PUBLIC, REFUSED, SPELLINGS
from tests.support.deliveries import webhook_at
from tests.support.receiver import Receiver
from tidings_server.delivery.destinations.webhook import Webhook, WebhookSession
from tidings_server.delivery.egress import Egress, EgressRefused
from tidings_server.delivery.message import ErrorType, Message, OutcomeKind, Payload
from tidings_server.platform.clock import SystemClock

SENDING = Message(Payload(b"{}", "application/json", {}, group="g"), "e", "e", dedup_id="d", topic="t.x")


class LyingResolver(AbstractResolver):
    """Answers each question with the next of its answers, round and round."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers: Iterator[list[str]] = cycle(answers)
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.asked.append(host)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in next(self._answers)
        ]

    async def close(self) -> None:
        return


Sessions = Callable[..., WebhookSession]


@pytest.fixture
async def sessions() -> AsyncIterator[Sessions]:
    """Makes sessions behind a guard that allows nothing private; closes them."""
    made: list[WebhookSession] = []

    def make(resolver: AbstractResolver | None = None, *, allow: str = "") -> WebhookSession:
        session = WebhookSession(
            egress=Egress(allow), clock=SystemClock(), timeout_s=30, max_connections=8, resolver=resolver
        )
        made.append(session)
        return session

    yield make
    for session in made:
        await session.close()


def test_the_corpus_is_large() -> None:
    assert len(list(chain(*REFUSED.values()))) + len(PUBLIC) + len(SPELLINGS) + len(ANSWERS) >= 200


@pytest.mark.parametrize("address", list(chain(*REFUSED.values())))
def test_no_address_of_special_purpose_may_be_dialled(address: str) -> None:
    assert not Egress().allows(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_neighbours_of_special_ranges_may_be_dialled(address: str) -> None:
    assert Egress().allows(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "8.8.8.8", "2606:4700::1111"])
def test_a_network_that_the_operator_refuses_stays_refused_when_allowed(address: str) -> None:
    assert not Egress("0.0.0.0/0, ::/0", refuse="127.0.0.0/8, 8.8.8.0/24, 2606:4700::/32").allows(address)


@pytest.mark.parametrize("host", SPELLINGS)
async def test_no_spelling_of_this_machine_is_reached(sessions: Sessions, receiver: Receiver, host: str) -> None:
    [outcome] = await Webhook(webhook_at(f"http://{host}:{receiver.port}/"), sessions()).send([SENDING])
    assert outcome.kind is OutcomeKind.RETRY
    assert receiver.requests == []


@pytest.mark.parametrize("answer", ANSWERS)
async def test_a_name_that_points_inside_is_not_followed(
    sessions: Sessions, receiver: Receiver, answer: list[str]
) -> None:
    webhook = Webhook(
        webhook_at(f"http://hook.example:{receiver.port}/"),
        sessions(LyingResolver(answer)),
    )
    [outcome] = await webhook.send([SENDING])
    assert (outcome.kind, outcome.error_type) == (OutcomeKind.RETRY, ErrorType.EGRESS_REFUSED)
    assert receiver.requests == []


async def test_the_address_that_was_checked_is_the_one_that_is_dialled(sessions: Sessions, receiver: Receiver) -> None:
    """A name server that changes its mind between the check and the connection gains nothing."""
    resolver = LyingResolver(["127.0.0.1"], ["127.0.0.2"])
    session = sessions(resolver, allow="127.0.0.1/32")
    await session.post(f"http://hook.example:{receiver.port}/", body=b"", headers=[])
    assert (len(receiver.requests), resolver.asked) == (1, ["hook.example"])
    other = Webhook(webhook_at(f"http://other.example:{receiver.port}/"), session)
    [outcome] = await other.send([SENDING])
    assert (outcome.error_type, len(receiver.requests)) == (ErrorType.EGRESS_REFUSED, 1)


async def test_of_several_addresses_only_an_allowed_one_is_dialled(sessions: Sessions, receiver: Receiver) -> None:
    session = sessions(LyingResolver(["127.0.0.2", "::1", "127.0.0.1"]), allow="127.0.0.1/32")
    answer = await session.post(f"http://hook.example:{receiver.port}/", body=b"", headers=[])
    assert (answer.status, len(receiver.requests)) == (200, 1)


@pytest.mark.parametrize("scheme", ["file", "ftp", "gopher", "http+unix", "unix", "data"])
async def test_no_other_scheme_is_sent_to(sessions: Sessions, receiver: Receiver, scheme: str) -> None:
    target = webhook_at(f"{scheme}://127.0.0.1:{receiver.port}/etc/passwd")
    [outcome] = await Webhook(target, sessions(allow="127.0.0.0/8")).send([SENDING])
    assert outcome.kind is OutcomeKind.RETRY
    assert receiver.requests == []


async def test_proxies_of_the_environment_are_not_used(
    sessions: Sessions, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, receiver.url())
    session = sessions(LyingResolver(["127.0.0.2"]), allow="127.0.0.1/32")
    with pytest.raises(EgressRefused):
        await session.post("http://hook.example/", body=b"", headers=[])
    assert receiver.requests == []
