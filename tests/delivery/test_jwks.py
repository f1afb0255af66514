"""An issuer's keys are fetched from a real server, within bounds and behind the egress guard."""

import asyncio
import json
from codecs import BOM_UTF8

import pytest

from tests.support.receiver import Answer, Receiver
from tests.support.waiting import PATIENCE_S
from tidings_server.delivery.egress import Egress
from tidings_server.delivery.http.jwks import MAX_BYTES, JwksFetcher
from tidings_server.platform.errors import Unavailable

KEYS = {"keys": [{"kty": "EC", "crv": "P-256", "kid": "one"}]}
LOOPBACK = "127.0.0.0/8"


async def test_the_keys_are_those_that_the_issuer_shows() -> None:
    async with Receiver() as issuer:
        issuer.default = Answer(body=json.dumps(KEYS).encode())
        assert await JwksFetcher(Egress(LOOPBACK)).fetch(issuer.url("/jwks")) == KEYS
    [asked] = issuer.requests
    assert (asked.method, asked.path) == ("GET", "/jwks")
    assert asked.headers["accept"] == "application/json"


async def test_a_byte_order_mark_before_the_keys_is_no_fault() -> None:
    async with Receiver() as issuer:
        issuer.default = Answer(body=BOM_UTF8 + json.dumps(KEYS).encode())
        assert await JwksFetcher(Egress(LOOPBACK)).fetch(issuer.url("/jwks")) == KEYS


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=404, body=json.dumps(KEYS).encode()),
        Answer(status=302, headers={"location": "/jwks"}),
        Answer(body=b"not JSON"),
        Answer(body=b"[]"),
        Answer(body=b"[" * 100_000),
        Answer(body=b'{"keys": "' + b"x" * MAX_BYTES + b'"}'),
    ],
    ids=["status", "redirect", "text", "list", "deep", "long"],
)
async def test_anything_else_is_no_keys(answer: Answer) -> None:
    async with Receiver() as issuer:
        issuer.default = answer
        with pytest.raises(Unavailable):
            await JwksFetcher(Egress(LOOPBACK)).fetch(issuer.url())
    assert len(issuer.requests) == 1


async def test_a_private_address_is_not_dialled() -> None:
    async with Receiver() as issuer:
        with pytest.raises(Unavailable):
            await JwksFetcher(Egress("")).fetch(issuer.url())
    assert issuer.requests == []


async def test_a_refused_connection_gives_no_keys() -> None:
    async with Receiver() as issuer:
        gone = issuer.url()
    with pytest.raises(Unavailable):
        await JwksFetcher(Egress(LOOPBACK)).fetch(gone)


async def test_an_issuer_that_never_answers_does_not_hold_the_caller() -> None:
    async with Receiver() as issuer:
        issuer.default = Answer(hold=asyncio.Event())
        async with asyncio.timeout(PATIENCE_S):
            with pytest.raises(Unavailable):
                await JwksFetcher(Egress(LOOPBACK)).fetch(issuer.url())
