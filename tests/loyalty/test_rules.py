"""Properties of money, periods, stored rules, the rule index and the condition language."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from google.protobuf import descriptor_pool
from hypothesis import given
from hypothesis import strategies as st

from tidings.loyalty.v1 import events_pb2, rules_pb2
from tidings_server.loyalty import money, periods
from tidings_server.loyalty.assessment.rule_index import RuleIndex
from tidings_server.loyalty.events import EventKind
from tidings_server.loyalty.fulfilment.delivery_failures import FulfilmentSource, parse_source
from tidings_server.loyalty.periods import Period
from tidings_server.loyalty.rules import economy, rule_validation
from tidings_server.loyalty.rules.condition_language import ConditionBatch, ConditionLanguage, condition_inputs
from tidings_server.loyalty.rules.economy import EconomyDraft, EconomyLevel, ExpiryKind, ExpiryPolicy
from tidings_server.loyalty.rules.fulfilments import Email, Fulfilment, FulfilmentType, PointsBase, ProductSelector
from tidings_server.loyalty.rules.lifecycle import RuleStatus, check_transition
from tidings_server.loyalty.rules.rule import Assesses, LoyaltyRule, NameSpace, RuleDraft, rule_of
from tidings_server.loyalty.store.rules import StoredRule
from tidings_server.platform.errors import InvalidInput, WrongState

TEN = Fulfilment(type=FulfilmentType.POINTS_FLAT, points=Decimal(10))
LANGUAGE = ConditionLanguage(descriptor_pool.Default())

amounts = st.decimals(0, 10**11 - 1, places=4)
name_spaces = st.text("ab.", max_size=4)
drafts = st.builds(
    RuleDraft,
    name=st.just("r"),
    assesses=st.sampled_from(Assesses),
    fulfilments=st.just((TEN,)),
    name_space=st.builds(NameSpace, equals=name_spaces) | st.builds(NameSpace, begins_with=name_spaces),
    effective_from_us=st.none() | st.integers(0, 10),
    effective_to_us=st.none() | st.integers(11, 20),
)


def rule(draft: RuleDraft, key: int = 1) -> LoyaltyRule:
    return LoyaltyRule(
        key=key,
        id=str(key),
        draft=draft,
        status=RuleStatus.ACTIVE,
        version=1,
        created_at=0,
        created_by="ada",
        updated_at=0,
    )


@given(amounts)
def test_amounts_are_stored_exactly(amount: Decimal) -> None:
    assert money.amount_of(money.scaled(amount)) == amount


@pytest.mark.parametrize(
    ("amount", "per_unit", "points"),
    [("99.99", "1", 99), ("0.9999", "1", 0), ("10", "0.5", 5), ("33.33", "1.5", 49), ("0", "7", 0)],
)
def test_points_are_rounded_down(amount: str, per_unit: str, points: int) -> None:
    assert money.points_for(Decimal(amount), Decimal(per_unit)) == points


@given(
    st.builds(Period, days=st.integers(1, 1_830))
    | st.builds(Period, months=st.integers(1, 60))
    | st.builds(Period, years=st.integers(1, 5))
)
def test_a_printed_period_parses_to_itself(period: Period) -> None:
    assert periods.parse(str(period)) == period


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.timedeltas(timedelta(0), timedelta(days=9_000)),
)
def test_an_anniversary_is_the_last_that_has_passed(since: datetime, later: timedelta) -> None:
    now = since + later
    number = periods.anniversary(since, now)
    assert Period(years=number).after(since) <= now < Period(years=number + 1).after(since)


def test_a_day_that_the_month_does_not_have_becomes_its_last_day() -> None:
    assert Period(months=1).after(datetime(2026, 1, 31, tzinfo=UTC)) == datetime(2026, 2, 28, tzinfo=UTC)
    assert Period(years=1).after(datetime(2024, 2, 29, tzinfo=UTC)) == datetime(2025, 2, 28, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "P0D", "P61M", "P6Y", "P1W", "PT1H", "P1Y1M", "P-1D", "P1.5D", "1d"])
def test_other_durations_are_no_periods(text: str) -> None:
    with pytest.raises(ValueError, match="must be a duration"):
        periods.parse(text)


def test_a_stored_rule_is_read_back_unchanged() -> None:
    draft = RuleDraft(
        name="Überraschung",
        assesses=Assesses.BASKET,
        description="d",
        name_space=NameSpace(begins_with="Shop."),
        condition="true",
        effective_from_us=1,
        effective_to_us=2,
        fulfilments=(
            TEN,
            Fulfilment(
                type=FulfilmentType.POINTS_PER_UNIT, points=Decimal("1.5"), base=PointsBase.REWARDS_ELIGIBLE_TOTAL
            ),
            Fulfilment(type=FulfilmentType.ADD_TO_SEGMENT, segment="gold", expiry=Period(months=12)),
            Fulfilment(type=FulfilmentType.SEND_EMAIL, email=Email(subject="s", text="t", html="<p>t</p>")),
            Fulfilment(type=FulfilmentType.VOUCHER, code="FREE", amount=Decimal("5.50")),
            Fulfilment(
                type=FulfilmentType.PRODUCT_DISCOUNT_PERCENT,
                percent=Decimal(10),
                products=ProductSelector(skus=("a", "b"), tags=("t",)),
            ),
        ),
    )
    stored = StoredRule(1, 1, "RULE", "1", "ACTIVE", 1, draft.name, draft.definition(), 1, 2, 0, "ada", 0, "", None)
    assert rule_of(stored) == rule(draft)


def test_a_stored_economy_is_read_back_unchanged() -> None:
    draft = EconomyDraft(
        name="e",
        points_per_unit=Decimal("0.5"),
        base=PointsBase.REWARDS_ELIGIBLE_TOTAL,
        levels=(EconomyLevel("gold", Decimal(1_000), Decimal(2)),),
        start_after_days=14,
        expiry=ExpiryPolicy(ExpiryKind.INACTIVITY, Period(months=18)),
    )
    stored = StoredRule(1, 1, "ECONOMY", "1", "ACTIVE", 1, "e", draft.definition(), None, None, 0, "", 0, "", None)
    assert economy.economy_of(stored).draft == draft


@given(
    st.lists(drafts, max_size=8),
    st.sampled_from([EventKind.ORDER, EventKind.TRANSACTION, EventKind.BASKET, EventKind.ACTION]),
    name_spaces,
    st.integers(0, 25),
)
def test_the_rule_index_finds_the_rules_that_a_scan_finds(
    drafts: list[RuleDraft], kind: EventKind, name_space: str, at_us: int
) -> None:
    rules = [rule(draft, key) for key, draft in enumerate(drafts)]
    index = RuleIndex(reversed(rules))
    for _ in range(2):
        found = [indexed.rule for indexed in index.candidates(kind, name_space, at_us)]
        assert found == [
            each
            for each in rules
            if kind in each.draft.assesses.kinds
            and each.draft.name_space.covers(name_space)
            and each.is_effective(at_us)
        ]


GOOD = ["event.name_space == 'a'", "", "true // || false", "1 > 2"]
BAD = ["customer.attributes['x'] == 'y'", "1 / 0 == 1"]


@given(st.lists(st.sampled_from(GOOD + BAD), max_size=8), st.sampled_from(["a", "b"]))
def test_joined_conditions_have_the_results_of_each_alone(texts: list[str], name_space: str) -> None:
    event, customer = events_pb2.Event(name_space=name_space), rules_pb2.CustomerFacts()
    activation = LANGUAGE.activation(event, datetime(2026, 1, 1, tzinfo=UTC), customer=customer, counters=None)
    batch = ConditionBatch(texts)
    for _ in range(3):
        assert LANGUAGE.results(batch, activation) == [LANGUAGE.holds(text or "true", activation) for text in texts]
    good = [index for index, text in enumerate(texts) if text in GOOD]
    assert batch.joined == (good if len(good) > 1 else [])


def test_conditions_that_are_too_deep_when_joined_are_evaluated_alone() -> None:
    deep = "(" * 29 + "true" + ")" * 29
    LANGUAGE.check(deep)
    batch = ConditionBatch([deep] * 3)
    activation = LANGUAGE.activation(events_pb2.Event(), datetime(2026, 1, 1, tzinfo=UTC), customer=None, counters=None)
    assert [LANGUAGE.results(batch, activation) for _ in range(2)] == [[True] * 3] * 2


@given(st.lists(drafts, max_size=8), st.integers(0, 25))
def test_rules_that_count_the_same_events_are_in_one_group(drafts: list[RuleDraft], at_us: int) -> None:
    index = RuleIndex([rule(draft, key) for key, draft in enumerate(drafts)])
    for _ in range(2):
        groups = index.groups(EventKind.ORDER, "a", at_us)
        found = sorted(indexed.rule.key for group in groups for indexed in group.rules)
        assert found == [indexed.rule.key for indexed in index.candidates(EventKind.ORDER, "a", at_us)]
        assert len({group.number for group in groups}) == len(groups)


@pytest.mark.parametrize("status", RuleStatus)
@pytest.mark.parametrize("following", RuleStatus)
def test_a_rule_makes_only_the_transitions_of_its_lifecycle(status: RuleStatus, following: RuleStatus) -> None:
    ways = {
        (RuleStatus.CONFIGURE, RuleStatus.TEST),
        (RuleStatus.CONFIGURE, RuleStatus.ACTIVE),
        (RuleStatus.TEST, RuleStatus.ACTIVE),
        (RuleStatus.ACTIVE, RuleStatus.INACTIVE),
        (RuleStatus.ACTIVE, RuleStatus.ARCHIVED),
        (RuleStatus.INACTIVE, RuleStatus.ARCHIVED),
    }
    if (status, following) in ways:
        check_transition(status, following)
    else:
        with pytest.raises(WrongState):
            check_transition(status, following)


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ("event.nosuch", "undefined field 'nosuch'"),
        ("customer.nosuch == 1", "undefined field 'nosuch'"),
        ("event.order.total", "must be true or false"),
        ("event.order.total > 50", "1:19: found no matching overload for '_>_' applied to '(double, int)'; write 50.0"),
        ("50 < event.order.total", "; write 50.0"),
        ("event.order.total == -7 || true", "; write -7.0"),
        ("event.order.total > event.order.order_items.size()", "; write double(…) around the whole number"),
        ("event.campaign == 5", "'_==_' applied to '(string, int)'; write '5'"),
        ("5 != event.campaign", "; write '5'"),
        ("event.campaign > 50", "'_>_' applied to '(string, int)'; write double(…) around the text and 50.0"),
        ("event.campaign < event.order.total", "; write double(…) around the text"),
        ("event.campaign + 1 == 'a'", "; write string(…) around the number"),
        ("counters.within[event.campaign] > 1", "takes a literal"),
        ("counters.within['3w'] > 1", "such as 30d, 6m or 1y"),
        ("counters.since['yesterday'] > 1", "takes a day"),
        ("x" * 2_049, "at most 2,048 characters"),
        ("event.order.order_items.all(i, event.order.order_items.exists(j, i == j))", "inside a comprehension"),
    ],
)
def test_a_bad_condition_is_refused_when_it_is_written(condition: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match="condition") as refused:
        LANGUAGE.check(condition)
    assert problem in str(refused.value)


def test_the_inputs_of_a_condition_are_read_from_its_text() -> None:
    assert not condition_inputs("event.order.total > 1.0").customer
    found = condition_inputs(
        """counters.within["30d"] > 1 && counters.since [ '2026-01-31' ] > 2 && customer.is_locked"""
    )
    assert (found.customer, found.counters) == (True, True)
    assert found.within == (("30d", Period(days=30)),)
    assert [text for text, _ in found.since] == ["2026-01-31"]


@given(st.builds(FulfilmentSource, *[st.integers(0, 1 << 62)] * 4))
def test_a_printed_fulfilment_source_parses_to_itself(call: FulfilmentSource) -> None:
    assert parse_source(str(call)) == call
    assert parse_source(f"x{call}") is None


@pytest.mark.parametrize(
    ("fulfilment", "field"),
    [
        (Fulfilment(type=FulfilmentType.POINTS_FLAT), "fulfilments[0].points"),
        (Fulfilment(type=FulfilmentType.POINTS_FLAT, points=Decimal("1.5")), "fulfilments[0].points"),
        (Fulfilment(type=FulfilmentType.POINTS_FLAT, points=Decimal(0)), "fulfilments[0].points"),
        (Fulfilment(type=FulfilmentType.POINTS_FLAT, points=Decimal(1), segment="s"), "fulfilments[0].segment"),
        (Fulfilment(type=FulfilmentType.VOUCHER, code="c"), "fulfilments[0].type"),
        (Fulfilment(type=FulfilmentType.CALL_WEBHOOK, url="ftp://x"), "fulfilments[0].webhook.url"),
        (Fulfilment(type=FulfilmentType.CALL_WEBHOOK, url="https://a:b@x"), "fulfilments[0].webhook.url"),
        (Fulfilment(type=FulfilmentType.EMIT_TOPIC, topic="points.earned"), "fulfilments[0].topic"),
        (Fulfilment(type=FulfilmentType.EMIT_TOPIC, topic="audit.x"), "fulfilments[0].topic"),
        (Fulfilment(type=FulfilmentType.EMIT_TOPIC, topic="Order.X"), "fulfilments[0].topic"),
        (Fulfilment(type=FulfilmentType.SEND_EMAIL, email=Email(subject="s")), "fulfilments[0].email"),
        (Fulfilment(type=FulfilmentType.ADD_TO_SEGMENT, segment="s" * 129), "fulfilments[0].segment"),
    ],
)
def test_a_bad_fulfilment_is_refused_by_its_field(fulfilment: Fulfilment, field: str) -> None:
    found = rule_validation.rule_violations(RuleDraft(name="r", assesses=Assesses.ORDER, fulfilments=(fulfilment,)))
    assert [violation.field for violation in found] == [field]
