"""Everything that reads a text of a caller, given any text: it answers or refuses, in time, and never fails.

A new finding goes into corpus/texts.json, which is read by every run, the key "" by all readers.
"""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import thread_time
from typing import Any

import pytest
from google.api.httpbody_pb2 import HttpBody
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.installation import Installation
from tidings.collector.v1.events_pb2 import Event, EventPayload
from tidings.scheduling.v1.events_pb2 import ScheduledEvent
from tidings_server.composition.payloads import event_conditions
from tidings_server.delivery.retry_policy import retry_after_s
from tidings_server.delivery.signing import Signer
from tidings_server.identity.api import tokens
from tidings_server.log.positions import Positions
from tidings_server.platform import durations
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.errors import TidingsError, Unauthenticated
from tidings_server.push.field_selection import parse_selection
from tidings_server.push.filters import parse_filter, parse_sort
from tidings_server.rpc import xml_bodies
from tidings_server.scheduling.api import request_bodies
from tidings_server.scheduling.schedules import cron
from tidings_server.storage.database import Database
from tidings_server.workflow.audit_ids import AuditIds
from tidings_server.workflow.definition.expressions import WorkflowExpressions

CORPUS: dict[str, list[str]] = json.loads((Path(__file__).parent / "corpus" / "texts.json").read_text())
LIMIT_S = 5.0

CONDITIONS = event_conditions()
LANGUAGE = WorkflowExpressions()
EVENT = Event(id="e", entity_name="ORDER", event_payload=EventPayload(key_attributes={"a": "1"}))
ACTIVATION = CONDITIONS.activation(EVENT, "order.created", datetime(2026, 1, 1, tzinfo=UTC))
POSITIONS = Positions(b"k" * 32)
FORM = tokens.FORM


def condition(text: str) -> None:
    """Written, then evaluated; an evaluation never raises, even of what could not be written."""
    try:
        CONDITIONS.check(text)
    finally:
        CONDITIONS.evaluate(text, ACTIVATION)


def form(text: str) -> None:
    tokens._in_form(HttpBody(content_type=FORM, data=text.encode("utf-8", "surrogatepass")))


def body(kind: str, text: str) -> None:
    sent = HttpBody(content_type=kind, data=text.encode("utf-8", "surrogatepass"))
    request_bodies.fill(ScheduledEvent(), sent, root="scheduledEvent")


READERS: dict[str, Callable[[str], object]] = {
    "filter": parse_filter,
    "sort": parse_sort,
    "selection": parse_selection,
    "duration": durations.parse,
    "position": lambda text: POSITIONS.parse(1, text),
    "condition": condition,
    "expression": lambda text: LANGUAGE.check_condition(text, "when"),
    "value": lambda text: LANGUAGE.check_value(text, "props.value", ()),
    "form": form,
    "basic": lambda text: tokens._with_basic({}, text),
    "audit id": AuditIds(b"k" * 32).read,
    "xml": lambda text: xml_bodies.read(text.encode("utf-8", "surrogatepass"), "scheduledEvent"),
    "body in XML": partial(body, "text/xml"),
    "body in JSON": partial(body, "application/json"),
    "cron": lambda text: cron.check(text, "cron"),
    "time zone": lambda text: cron.check_zone(text, "timezone"),
    "retry_after": lambda text: retry_after_s(text, now_us=0),
    "secret": lambda text: Signer((text,)).headers(message_id=text, sent_at=0, body=text.encode()),
}
REFUSALS = (TidingsError,)
ALSO_VALUE_ERRORS = frozenset({"duration"})

# Words of the grammars, so that what is made of them is nearly right.
WORDS = st.sampled_from(
    [
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ".",
        ":",
        "=",
        "&",
        "%",
        "'",
        '"',
        "\\",
        "&&",
        "||",
        "!",
        "==",
        "?:",
        "in",
        "and",
        "or",
        "eq",
        "ne",
        "cont",
        "gt",
        "asc",
        "desc",
        "id",
        "topics",
        "event",
        "now",
        "P",
        "T",
        "1",
        "1D",
        "true",
        "null",
        "event.id",
        "size",
        "matches",
        "exists",
        "all",
        "map",
        "has",
        "grant_type",
        "client_id",
        "Basic",
        "eyJhbGciOiJub25lIn0",
        "\x00",
        "é",
    ]
)
TEXTS = st.text(max_size=300) | st.lists(WORDS, max_size=40).map("".join) | st.lists(WORDS, max_size=40).map(" ".join)


def read(name: str, text: str) -> None:
    started = thread_time()
    try:
        READERS[name](text)
    except REFUSALS:
        pass
    except ValueError:
        if name not in ALSO_VALUE_ERRORS:
            raise
    assert thread_time() - started < LIMIT_S, f"{name}: {text!r}"


@pytest.mark.parametrize("name", READERS)
def test_texts_of_the_corpus_are_parsed_or_refused(name: str) -> None:
    for text in (*CORPUS[""], *CORPUS.get(name, ())):
        read(name, text)
        read(name, text * 1_000)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", READERS)
def test_any_text_is_read_or_refused(name: str, pytestconfig: pytest.Config) -> None:
    @settings(
        max_examples=100 * pytestconfig.getoption("--fuzz-examples"),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(TEXTS)
    def ask(text: str) -> None:
        read(name, text)

    ask()


@pytest.fixture
async def installation(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Installation]:
    clock = ManualClock()
    database = await Database.open(sqlite_url, clock=clock)
    made = Installation(database, clock, tmp_path)
    await made.provision()
    yield made
    await database.close()


async def test_no_text_is_a_credential(installation: Installation, pytestconfig: pytest.Config) -> None:
    """Any text, and the good token with one character changed, in every place that takes a credential."""
    good = await installation.token()
    rest = st.tuples(st.integers(0, len(good) - 1), st.characters(codec="ascii"))
    changed = rest.map(lambda at: good[: at[0]] + at[1] + good[at[0] + 1 :]).filter(lambda text: not _same(text, good))
    texts: list[str] = [*CORPUS[""], *CORPUS["token"], good + ".", good[:-1], f" {good}", good.upper()]

    @settings(max_examples=100 * pytestconfig.getoption("--fuzz-examples"), deadline=None, database=None)
    @given(st.text(max_size=200) | changed)
    def gather(text: str) -> None:
        texts.append(text)

    gather()
    credentials = installation.credentials
    for text in texts:
        attempts: list[Callable[[], Any]] = [
            partial(credentials.bearer, text),
            partial(credentials.operator, text),
            partial(credentials.store_key, "1", text),
            partial(credentials.api_key, "t", text, text),
            partial(credentials.user_token, "1", "1", text),
        ]
        for attempt in attempts:
            with pytest.raises(Unauthenticated):
                await attempt()
    assert (await credentials.bearer(good)).tenant_name == "demo"


def _same(text: str, good: str) -> bool:
    """Whether two texts are one token: the last character of a part in base64 has bits that mean nothing."""
    return [part[:-1] for part in text.split(".")] == [part[:-1] for part in good.split(".")]
