"""Gates of values: whatever `parse` takes, `print` prints and `parse` reads again; whatever is printed, is taken.

Every public function that reads a value is in GATES, or in ONE_WAY with the reason why nothing is printed from it.
"""

import ast
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidings_server.catalogue import event_attributes
from tidings_server.delivery.http.endpoint_url import EndpointUrl
from tidings_server.identity import retailers_and_stores, tenants
from tidings_server.identity.api.authentication import _site
from tidings_server.log import topics
from tidings_server.log.positions import Positions
from tidings_server.loyalty import money, periods
from tidings_server.loyalty.api import numbers
from tidings_server.loyalty.fulfilment import delivery_failures
from tidings_server.mail import addresses
from tidings_server.platform import clock, durations, trace_state
from tidings_server.platform.errors import InvalidInput, NotFound
from tidings_server.push.api.subscription_messages import parse_id
from tidings_server.scheduling.schedules import cron, policy, timing
from tidings_server.workflow.audit_ids import AuditIds

SERVER = Path(__file__).parents[2] / "server" / "tidings_server"
KEY = b"k" * 32
POSITIONS, AUDITS = Positions(KEY), AuditIds(KEY)
ANY = st.text(max_size=60)
I64 = st.integers(-(2**63), 2**63 - 1)
INSTANTS = st.integers(clock.MIN_US, clock.MAX_US)


@dataclass(frozen=True)
class Gate:
    """`values` are all that `show` may be given, `near` texts that `parse` is likely to take."""

    parse: Callable[[str], Any]
    show: Callable[[Any], str]
    values: st.SearchStrategy[Any]
    near: st.SearchStrategy[str]


def _address(text: str) -> str:
    return addresses.check_address(text, "to")


def _window_s(text: str) -> int:
    """Seconds as they are kept, which must be all of the duration."""
    window_s = policy.Policy.checked(window=text).window_s
    assert durations.parse(text) == timedelta(seconds=window_s)
    return window_s


def _found(value: Any) -> Any:
    if value is None:
        raise ValueError("refused")
    return value


def _form(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(rf"\A(?:{pattern})\Z")


def _price(text: str) -> int:
    return int(_found(event_attributes.Attributes({"price": text}).number("price")))


def _timing(text: str) -> timing.Timing:
    try:
        return timing.unpacked(text)
    except (TypeError, KeyError, AttributeError):
        raise ValueError("no timing") from None


def _amount(text: str) -> float:
    value = float(text)
    if rule := numbers.amount(value):
        raise ValueError(rule)
    return value


def _guid(text: str) -> str:
    try:
        return parse_id(text)
    except NotFound:
        raise ValueError("refused") from None


def _taken(text: str) -> str:
    """A good expression: the text where it is one."""
    try:
        return cron.check(text, "cron")
    except InvalidInput:
        return "0 8 * * *"


_CRON_PART = st.sampled_from(
    [
        "*",
        "?",
        "0",
        "1",
        "5",
        "59",
        "23",
        "l",
        "*/5",
        "*/59",
        "1-5",
        "1,3",
        "mon",
        "jan",
        "0-59/7",
        "fri#2",
        "l4",
        "7",
        "0/0",
        "٣",
        "1-",
    ]
)
_CRON = st.lists(_CRON_PART, min_size=5, max_size=6).map(" ".join)
_DIGITS = _form(r"0{0,20}[0-9٣]{1,24}")

_GOOD_URL = r"https?://[a-z]{1,9}(?:\.[a-z]{1,9})?(?::[1-9][0-9]{0,3})?/[A-Za-z0-9%?&=+~é-]{0,20}"
_URL = (
    r"[hH][tT]{2}ps?://(?:\[[0-9a-f:.]{2,20}\]|[a-zA-Zäß0-9.-]{1,20})"
    r"(?::[0-9\u0663]{0,6})?[/?]?[A-Za-z0-9%?&=#@é ]{0,20}"
)

GATES: Mapping[str, Gate] = {
    "platform.clock.parse_rfc3339": Gate(
        clock.parse_rfc3339, clock.rfc3339_ms, INSTANTS.map(lambda at: at // 1_000 * 1_000),
        _form(r"[0-9]{4}-(?:0[1-9]|1[0-2])-[0-3][0-9][Tt][0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,12})?(?:[zZ]|[+-][0-2][0-9]:[0-5][0-9])"),
    ),
    "platform.clock.parse_day": Gate(
        clock.parse_day, date.isoformat, st.dates(), _form("[0-9]{4}-[01][0-9]-[0-3][0-9]")
    ),
    "platform.trace_state.parse_hops": Gate(
        lambda text: _found(trace_state.parse_hops(text)), trace_state.print_hops,
        st.integers(0, trace_state.MAX_HOPS), _form(r"(?:a=b, ?)?tidings=[0-9]{1,9}"),
    ),
    "platform.durations.parse": Gate(
        durations.parse, durations.text_of, st.timedeltas(timedelta(), durations.LONGEST),
        _form(r"P(?:[0-9]{1,5}W|(?:[0-9]{1,6}D)?(?:T[0-9]{1,7}H)?|T[0-9]{1,9}M[0-9]{1,10}(?:\.[0-9]{1,6})?S)"),
    ),
    "loyalty.periods.parse": Gate(
        periods.parse, str,
        st.builds(periods.Period, months=st.integers(1, 60)) | st.builds(periods.Period, days=st.integers(1, 1_830)),
        _form("P[0-9]{1,5}[DMYW]"),
    ),
    "loyalty.periods.parse_short": Gate(
        periods.parse_short, lambda period: str(period)[1:].lower(), st.builds(periods.Period, years=st.integers(1, 5)),
        _form("[0-9]{1,5}[dmyw]"),
    ),
    "log.positions.parse_line": Gate(
        partial(POSITIONS.parse_line, 7, of="lines"),
        partial(POSITIONS.print_line, 7, of="lines"),
        ANY,
        _form("[A-Za-z0-9_-]{22,90}"),
    ),
    "log.positions.parse": Gate(
        partial(POSITIONS.parse, 7), partial(POSITIONS.print, 7), st.integers(0, 2**63 - 1), _form("[A-Za-z0-9_=-]{32}")
    ),
    "workflow.audit_ids.read": Gate(
        lambda text: _found(AUDITS.read(text)), lambda place: AUDITS.make(*place),
        st.tuples(st.integers(0, 2**48 - 1), st.integers(0, 2**12 - 1)), st.uuids().map(str),
    ),
    "loyalty.fulfilment.delivery_failures.parse_source": Gate(
        lambda text: _found(delivery_failures.parse_source(text)), str,
        st.tuples(*[st.integers(0, 2**63 - 1)] * 4).map(lambda parts: delivery_failures.FulfilmentSource(*parts)),
        _form("loyalty(?::[0-9٣]{1,25}){4}"),
    ),
    "catalogue.event_attributes.printed": Gate(
        _price, event_attributes.printed, st.integers(-(10**15) + 1, 10**15 - 1),
        _form(r"-?[0-9_]{1,20}(?:\.[0-9]{1,12})?(?:[eE][+-]?[0-9]{1,4})?|NaN|-?Infinity"),
    ),
    "loyalty.money.amount_of": Gate(
        lambda text: money.scaled(numbers.decimal(_amount(text))), lambda scaled: str(money.amount_of(scaled)),
        st.integers(-(10**15) + 1, 10**15 - 1), _form(r"-?[0-9]{1,11}(?:\.[0-9]{1,4})?"),
    ),
    "scheduling.schedules.cron.check": Gate(
        lambda text: cron.check(text, "cron"), str, _CRON.map(_taken), _CRON
    ),
    "scheduling.schedules.cron.check_zone": Gate(
        lambda text: cron.check_zone(text, "timezone"),
        str,
        st.sampled_from(sorted(available_timezones() - cron.NO_ZONES)),
        ANY,
    ),
    "scheduling.schedules.timing.unpacked": Gate(
        _timing, lambda found: found.packed(),
        st.builds(timing.At, I64) | st.builds(timing.Every, st.integers(timing.MINUTE_US, timing.MAX_EVERY_US), I64)
        | st.builds(timing.Cron, st.just("0 8 * * *"), st.just("UTC")),
        st.builds(json.dumps, st.dictionaries(st.sampled_from(["at", "every", "anchor"]), I64)),
    ),
    "mail.addresses.check_address": Gate(
        _address, str, st.emails().map(_address),
        _form(r"[a-z.+ü'\"]{1,8}@(?:[a-zäß-]{1,8}\.){0,3}[a-z0-9]{1,8}\.?"),
    ),
    "mail.addresses.wire_address": Gate(
        _address, addresses.wire_address,
        st.emails().map(_address), _form(r"[a-z]{1,8}@[a-zäßжя-]{1,12}\.(?:com|рф|de)"),
    ),
    "log.topics.check_pattern": Gate(
        lambda text: topics.check_pattern(text, "topic"), str, _form(r"[a-z0-9_]{1,9}\.(?:\*|[a-z0-9_]{1,9})"),
        _form(r"[A-Za-z0-9_.*-]{1,20}"),
    ),
    "identity.retailers_and_stores.checked_store": Gate(
        retailers_and_stores.checked_store, str, st.integers(1, retailers_and_stores.MAX_STORE), _DIGITS
    ),
    "identity.api.authentication._site": Gate(_site, str, st.integers(1, 2**31 - 1), _DIGITS),
    "push.api.subscription_messages.parse_id": Gate(
        _guid, str, st.uuids().map(lambda id_: id_.hex), st.uuids().map(str) | st.uuids().map(lambda id_: id_.urn)
    ),
    "delivery.http.endpoint_url.parse": Gate(
        EndpointUrl.parse, lambda url: f"http{'s' * url.origin.is_tls}://{url.authority}{url.target}",
        _form(_GOOD_URL).map(EndpointUrl.parse),
        _form(_URL),
    ),
    "scheduling.schedules.policy.checked": Gate(
        _window_s, lambda seconds: durations.text_of(timedelta(seconds=seconds)),
        st.integers(0, policy.MAX_WINDOW_S), _form(r"P(?:[0-9]{1,3}D|T[0-9]{1,9}(?:\.[0-9]{1,6})?S)"),
    ),
}  # fmt: skip

ONE_WAY: Mapping[str, str] = {
    "backup.backup.checked": "a file of the operator",
    "delivery.egress.check": "a URL, kept as it was sent",
    "expressions.compiler.checked": "a condition, kept as it was sent",
    "expressions.conditions.check": "a condition, kept as it was sent",
    "loyalty.api.field_reader.read": "reads by the gates above",
    "loyalty.rules.condition_language.check": "a condition, kept as it was sent; its periods and days are gates",
    "mail.template_language.parse": "a template, kept as it was sent",
    "mail.templates.check": "a template, kept as it was sent",
    "platform.smtp_url.parse": "a setting of the operator",
    "push.api.subscription_messages.check": "a condition, kept as it was sent",
    "push.api.field_selection.check_selection": "a question",
    "push.field_selection.parse_selection": "a question",
    "push.filters.parse_filter": "a question",
    "push.filters.parse_sort": "a question",
    "rpc.xml_bodies.read": "in tests/rpc/test_xml_bodies.py",
    "scheduling.schedules.timing.checked": "reads by the gates above",
    "workflow.definition.expressions.check_condition": "a condition, kept as it was sent",
    "workflow.definition.expressions.check_value": "an expression, kept as it was sent",
}
NAMES = ("parse", "check", "read", "checked", "unpacked")


@pytest.fixture
def given_examples(pytestconfig: pytest.Config) -> Callable[[Any], Any]:
    return settings(
        max_examples=200 * pytestconfig.getoption("--fuzz-examples"),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", GATES)
def test_what_is_taken_is_printed_and_read_again(name: str, given_examples: Callable[[Any], Any]) -> None:
    gate = GATES[name]

    @given_examples
    @given(ANY | gate.near)
    def read(text: str) -> None:
        try:
            value = gate.parse(text)
        except (ValueError, InvalidInput):
            return
        shown = gate.show(value)
        shown.encode()
        assert gate.show(gate.parse(shown)) == shown

    read()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", GATES)
def test_what_is_printed_is_read_as_the_same(name: str, given_examples: Callable[[Any], Any]) -> None:
    gate = GATES[name]

    @given_examples
    @given(gate.values)
    def write(value: Any) -> None:
        assert gate.parse(gate.show(value)) == value

    write()


@given(INSTANTS, st.sampled_from([*(f"{n}{unit}" for n in (1, 5) for unit in "dmy"), "1830d", "60m"]))
def test_a_period_from_any_instant_ends_at_one_that_can_be_printed(at_us: int, text: str) -> None:
    period, instant = periods.parse_short(text), clock.from_us(at_us)
    for end in (period.after(instant), period.before(instant)):
        assert clock.parse_rfc3339(clock.rfc3339_ms(clock.to_us(end))) is not None
    assert period.before(instant) <= instant <= period.after(instant)


@given(INSTANTS, INSTANTS)
def test_years_between_any_instants_are_counted(first: int, second: int) -> None:
    assert -10_000 < periods.spend_year(first, second) < 10_000


CRONS = ["0 8 * * *", "30 2 * * *", "*/5 * * * *", "0 0 29 2 *"]
ZONES = ["UTC", "Europe/Stockholm", "Pacific/Apia", "America/New_York"]


@given(INSTANTS | st.sampled_from([clock.MIN_US, clock.MAX_US]), st.sampled_from(CRONS), st.sampled_from(ZONES))
def test_fire_times_after_any_instant_can_be_printed(at_us: int, text: str, zone: str) -> None:
    following = cron.next_time(text, zone, at_us)
    assert following is None or at_us < following <= clock.MAX_US


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**11) + 1, max_value=10**11 - 1))
def test_amounts_are_whole_ten_thousandths(amount: Decimal) -> None:
    assert money.amount_of(money.scaled(amount)) == amount
    assert "E" not in str(money.amount_of(money.scaled(amount)))


def _readers() -> Iterator[str]:
    for path in sorted(SERVER.rglob("*.py")):
        module = ".".join(path.relative_to(SERVER).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and _reads_text(node):
                yield f"{module}.{node.name}"


def _reads_text(function: ast.FunctionDef) -> bool:
    """Whether a function reads a text: by its name, and by the type of a parameter."""
    is_named = function.name.partition("_")[0] in NAMES
    types = [each.annotation for each in function.args.args]
    return is_named and any(isinstance(each, ast.Name) and each.id == "str" for each in types)


def test_every_reader_of_a_value_is_a_gate() -> None:
    readers = set(_readers())
    assert readers - GATES.keys() - ONE_WAY.keys() == set()
    assert ONE_WAY.keys() <= readers


def test_the_years_are_those_that_can_be_printed() -> None:
    assert clock.from_us(2**63 - 1) == datetime.max.replace(tzinfo=UTC)
    assert tenants.checked_size(0) > 0
