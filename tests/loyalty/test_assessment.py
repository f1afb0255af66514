"""Rules that match, and their fulfilments beside points."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from tests.support.loyalty_hub import ADA, PER_UNIT, SCOPE, TEN, Scheme
from tidings.loyalty.v1 import events_pb2 as pb
from tidings_server.log.server_events import operation_event
from tidings_server.loyalty.api.service import dump_outcome
from tidings_server.loyalty.profile import Profile
from tidings_server.loyalty.rules.lifecycle import RuleStatus
from tidings_server.loyalty.store.tables import customer
from tidings_server.mail.requests import email_of
from tidings_server.platform.clock import ManualClock
from tidings_server.platform.errors import NotFound, WrongState
from tidings_server.workflow.event_codec import decode_body

DAY = timedelta(days=1)
EMAIL = {"type": "SEND_EMAIL", "email": {"subject": "Hello", "text": "Welcome."}}
HOOK = {"type": "CALL_WEBHOOK", "webhook": {"url": "https://shop.example/points"}}


async def set_profile(scheme: Scheme, profile: Profile) -> None:
    change = update(customer).values(profile=profile.packed())
    await scheme.database.write_queue.run(lambda conn: conn.execute(change))


@pytest.mark.parametrize(
    ("name_space", "kind", "points"),
    [("Shop", "order", 111), ("Shop.Web", "order", 11), ("Web", "order", 1), ("Shop", "transaction", 1000)],
)
async def test_rules_are_for_kinds_and_namespaces(scheme: Scheme, name_space: str, kind: str, points: int) -> None:
    await scheme.rule({**TEN, "points": 1})
    await scheme.rule(nameSpace={"beginsWith": "Sho"})
    await scheme.rule({**TEN, "points": 100}, nameSpace={"equals": "Shop"})
    await scheme.rule({**TEN, "points": 1000}, assesses="TRANSACTION")
    fields = {"orderId": "o-1"} if kind == "order" else {"total": 5}
    await scheme.process(kind, fields, name_space=name_space)
    assert await scheme.balance() == points


async def test_spend_rules_are_for_orders_and_transactions(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT, assesses="SPEND")
    await scheme.order(10)
    await scheme.process("transaction", {"total": 5.99})
    assert await scheme.balance() == 15


async def test_a_condition_sees_the_event_the_customer_and_the_counters(scheme: Scheme) -> None:
    await scheme.rule(
        condition="event.order.total >= 50.0 && customer.lifetime_spend == 40.0 && counters.nth == 2 "
        "&& customer.balance == 0 && !('gold' in customer.segments) && event.campaign == 'spring'"
    )
    await scheme.order(40, campaign="spring")
    await scheme.order(50, campaign="spring")
    await scheme.order(50, campaign="spring")
    assert await scheme.balance() == 10


async def test_every_second_event_of_the_rules_namespaces_counts(scheme: Scheme) -> None:
    await scheme.rule(condition="counters.nth % 2 == 0", nameSpace={"beginsWith": "Shop"})
    for name_space in ("Shop.Web", "Shop.Store", "Other", "Shop.Web", "Shop.Web"):
        await scheme.order(1, name_space=name_space)
    assert await scheme.balance() == 20


async def test_events_are_counted_over_a_period_and_since_a_day(scheme: Scheme) -> None:
    await scheme.rule({**TEN, "points": 1}, condition="counters.within['3d'] == 2")
    await scheme.rule({**TEN, "points": 100}, condition="counters.since['2026-01-03'] == 2")
    balances = []
    for _ in range(5):  # on 1, 3, 5, 7 and 9 January: two within three days from the second on
        await scheme.order(1)
        balances.append(await scheme.balance())
        scheme.pass_time(2 * DAY)
    assert balances == [0, 1, 102, 103, 104]


async def test_a_threshold_is_crossed_once(scheme: Scheme) -> None:
    await scheme.rule(condition="counters.lifetime_value_before < 100.0 && counters.lifetime_value >= 100.0")
    for total in (60, 39.99, 0.01, 200):
        await scheme.order(total)
    assert await scheme.balance() == 10


async def test_events_of_one_batch_see_the_effects_of_earlier_ones(scheme: Scheme) -> None:
    await scheme.rule({"type": "ADD_TO_SEGMENT", "segment": "new"}, assesses="ACTION")
    await scheme.rule(condition="'new' in customer.segments && counters.nth == 2")
    await scheme.send(
        scheme.record("action", {"amount": 1}),
        *(scheme.record("order", {"orderId": f"o-{number}"}) for number in range(3)),
    )
    await scheme.run()
    assert await scheme.balance() == 10


async def test_a_membership_in_a_segment_expires_and_can_be_removed(scheme: Scheme) -> None:
    await scheme.rule({"type": "ADD_TO_SEGMENT", "segment": "gold", "expiry": "P30D"}, name="in")
    await scheme.rule({"type": "REMOVE_FROM_SEGMENT", "segment": "gold"}, assesses="ACTION")
    await scheme.order(1)
    assert (await scheme.account()).segments == ("gold",)
    scheme.pass_time(30 * DAY)
    assert (await scheme.account()).segments == ()
    await scheme.order(1)
    await scheme.action()
    assert (await scheme.account()).segments == ()


async def test_a_topic_is_emitted_with_the_event_that_caused_it(scheme: Scheme) -> None:
    await scheme.rule({"type": "EMIT_TOPIC", "topic": "customer.rewarded"})
    event_id = await scheme.order(7)
    [emitted] = await scheme.events("customer.rewarded")
    [source] = await scheme.events("order.opened")
    assert (emitted.body, emitted.correlation_id, emitted.hops, emitted.root_id) == (source.body, event_id, 1, ADA)


async def test_a_webhook_is_requested_from_the_delivery_engine(scheme: Scheme) -> None:
    await scheme.rule(HOOK, PER_UNIT)
    await scheme.order(7)
    [call] = await scheme.events_where(category="webhook")
    message: Any = decode_body(call.body).message
    assert message is not None
    assert message["event"]["order"]["total"] == 7
    assert message["customer"]["customerId"] == ADA
    assert message["customer"]["balance"] == 7


async def test_a_mail_goes_to_customers_who_have_opted_in(scheme: Scheme) -> None:
    await scheme.rule(EMAIL)
    await scheme.order(1)
    assert await scheme.events("email.requested") == []
    await set_profile(scheme, Profile(optin_email=True, email_address="ada@shop.example"))
    await scheme.order(1)
    [mail] = await scheme.events("email.requested")
    assert (email_of(mail).to, email_of(mail).subject) == ("ada@shop.example", "Hello")
    assert await scheme.failures.list(SCOPE) == []


async def test_the_templates_of_a_mail_are_rendered_with_the_event(scheme: Scheme) -> None:
    letter = {
        "subject": "Thanks, {{ customer.firstName }}",
        "text": "{{ event.order.total }}: {{ customer.balance }}",
        "html": "<p>{{ customer.lastName }}</p>",
    }
    await scheme.rule({"type": "SEND_EMAIL", "email": letter}, TEN)
    await scheme.action()
    ada = Profile(optin_email=True, email_address="ada@shop.example", first_name="Ada\r\nBcc: x", last_name="<King>")
    await set_profile(scheme, ada)
    await scheme.order(7.5)
    [mail] = map(email_of, await scheme.events("email.requested"))
    assert (mail.subject, mail.text, mail.html) == ("Thanks, Ada Bcc: x", "7.5: 10", "<p>&lt;King&gt;</p>")


async def test_a_mail_whose_template_cannot_be_rendered_is_a_failure(scheme: Scheme) -> None:
    letter = {"subject": "S", "text": "{% if event.order.total > 'much' %}{% endif %}"}
    await scheme.rule({"type": "SEND_EMAIL", "email": letter})
    await scheme.action()
    await set_profile(scheme, Profile(optin_email=True, email_address="ada@shop.example"))
    await scheme.order(1)
    [failure] = await scheme.failures.list(SCOPE)
    assert "The template cannot be filled: line 1: a number and a text cannot be compared" in failure.reason


async def test_a_failed_fulfilment_is_reported_and_retried_alone(scheme: Scheme) -> None:
    rule = await scheme.rule(TEN, EMAIL)
    await scheme.action()
    await set_profile(scheme, Profile(optin_email=True))
    event_id = await scheme.order(1)
    assert await scheme.balance() == 10
    [error] = await scheme.decoded("erroraction.created")
    assert error.error_action.event.event_id == event_id
    assert error.error_action.rule_id == rule.id
    assert error.error_action.message == "SEND_EMAIL: the customer wants e-mail and has no address"
    [failure] = await scheme.failures.list(SCOPE)
    assert (failure.event_id, failure.source_event_id, failure.rule_id) == (error.event_id, event_id, rule.id)

    await set_profile(scheme, Profile(optin_email=True, email_address="ada@shop.example"))
    assert (await scheme.failures.retry(SCOPE, error.event_id)).retried_at is not None
    with pytest.raises(WrongState):
        await scheme.failures.retry(SCOPE, error.event_id)
    await scheme.run()
    assert len(await scheme.events("email.requested")) == 1
    assert await scheme.balance() == 10
    with pytest.raises(NotFound):
        await scheme.failures.retry(SCOPE, event_id)


async def test_a_repeat_of_an_event_retries_its_failed_fulfilments(scheme: Scheme) -> None:
    await scheme.rule(TEN, EMAIL)
    await scheme.action()
    await set_profile(scheme, Profile(optin_email=True))
    event_id = await scheme.order(1)
    await scheme.failures.resume(SCOPE, event_id)
    await scheme.run()
    assert len(await scheme.events("erroraction.created")) == 2
    await set_profile(scheme, Profile(optin_email=True, email_address="ada@shop.example"))
    for _ in range(2):
        await scheme.failures.resume(SCOPE, event_id)
        await scheme.run()
    assert len(await scheme.events("email.requested")) == 1
    assert len(await scheme.events("fulfilment.retried")) == 2
    assert await scheme.balance() == 10


async def test_a_rule_in_test_is_recorded_and_has_no_effect(scheme: Scheme) -> None:
    rule = await scheme.rule(PER_UNIT, EMAIL, {"type": "EMIT_TOPIC", "topic": "a.b"}, status=RuleStatus.TEST)
    event_id = await scheme.order(12)
    assert await scheme.balance() == 0
    assert await scheme.events("a.b") == []
    [found] = await scheme.rules.assessments(SCOPE, rule.id, before=1 << 62, limit=10)
    assert (found.event_id, found.customer_id, found.is_test, found.points) == (event_id, ADA, True, 12)


@pytest.mark.parametrize("status", [RuleStatus.CONFIGURE, RuleStatus.INACTIVE, RuleStatus.ARCHIVED])
async def test_rules_in_other_states_are_not_assessed(scheme: Scheme, status: RuleStatus) -> None:
    rule = await scheme.rule(status=RuleStatus.CONFIGURE if status is RuleStatus.CONFIGURE else RuleStatus.ACTIVE)
    if status is not RuleStatus.CONFIGURE:
        await scheme.rules.transition(SCOPE, rule.id, status)
    await scheme.order(1)
    assert await scheme.balance() == 0
    assert await scheme.rules.assessments(SCOPE, rule.id, before=1 << 62, limit=10) == []


async def test_a_rule_is_effective_between_its_dates(scheme: Scheme, clock: ManualClock) -> None:
    await scheme.rule(effectiveFrom="2026-01-02T00:00:00Z", effectiveTo="2026-01-03T00:00:00Z")
    balances = []
    for _ in range(3):
        await scheme.order(1)
        balances.append(await scheme.balance())
        clock.advance(DAY)
    assert balances == [0, 10, 10]


async def test_a_failing_condition_is_no_match_and_is_recorded_on_its_rule(scheme: Scheme) -> None:
    rule = await scheme.rule(condition="customer.attributes['nosuch'] == 'x'")
    await scheme.rule()
    await scheme.order(1)
    assert await scheme.balance() == 10
    assert "nosuch" in (await scheme.rules.get(SCOPE, rule.id)).last_condition_error


async def test_a_basket_is_answered_with_outcomes_and_earns_nothing(scheme: Scheme) -> None:
    points = await scheme.rule(PER_UNIT, TEN, assesses="BASKET", name="points")
    await scheme.rule(
        {"type": "PRODUCT_DISCOUNT_PERCENT", "percent": 10, "products": {"tags": ["tea"]}},
        {"type": "VOUCHER", "code": "FREE", "amount": 5},
        assesses="BASKET",
        name="tea",
        condition="event.basket.basket_items.exists(item, 'tea' in item.tags)",
    )
    free = {"type": "DELIVERY_DISCOUNT_PERCENT", "percent": 100}
    tried_out = await scheme.rule(free, assesses="BASKET", status=RuleStatus.TEST)
    items = [
        {"basketItemId": "1", "sku": "A", "tags": ["tea"], "quantity": 1},
        {"basketItemId": "2", "sku": "B", "quantity": 1},
    ]
    answer = await scheme.basket({"basketTotal": 59.5, "basketItems": items})
    assert [(each.rule_name, each.type.value, each.value) for each in answer.outcomes.listed] == [
        ("points", "POINTS_FLAT", Decimal(69)),
        ("tea", "PRODUCT_DISCOUNT_PERCENT", Decimal(10)),
        ("tea", "VOUCHER", Decimal(5)),
    ]
    assert answer.outcomes.listed[0].rule_id == points.id
    assert answer.outcomes.listed[1].item_ids == ("1",)
    assert answer.outcomes.listed[2].code == "FREE"
    await scheme.run()
    assert await scheme.balance() == 0
    [found] = await scheme.rules.assessments(SCOPE, tried_out.id, before=1 << 62, limit=10)
    assert (found.event_id, found.is_test, found.points) == (answer.event_id, True, 0)


async def test_the_answer_to_a_basket_fits_a_client_however_many_lines_the_rules_discount(scheme: Scheme) -> None:
    """Forty discounts that name each of a thousand lines would be 5 MB."""
    for number in range(2):
        discounts = [{"type": "PRODUCT_DISCOUNT_PERCENT", "percent": 1, "products": {"tags": ["t"]}}] * 20
        await scheme.rule(*discounts, assesses="BASKET", name=f"rule {number}")
    items = [{"basketItemId": f"{number:0128}", "tags": ["t"]} for number in range(1_000)]
    answer = await scheme.basket({"basketItems": items})
    assert answer.outcomes.has_more
    assert 20 < len(answer.outcomes.listed) < 40
    message = pb.BasketResult(outcomes=map(dump_outcome, answer.outcomes.listed))
    assert 3 << 20 < message.ByteSize() < 4 << 20


async def test_a_repeated_basket_is_answered_for_the_first_one(scheme: Scheme) -> None:
    await scheme.rule(PER_UNIT, assesses="BASKET")
    record = scheme.record("basket", {"basketTotal": 5})
    other = scheme.record("basket", {"basketTotal": 7}, eventId=record.event_id)
    first, again = await scheme.baskets.assess(record), await scheme.baskets.assess(other)
    assert (first.is_existing, again.is_existing) == (False, True)
    assert [each.value for each in first.outcomes.listed] == [each.value for each in again.outcomes.listed] == [5]


async def test_an_active_rule_cannot_be_changed(scheme: Scheme) -> None:
    rule = await scheme.rule(status=RuleStatus.TEST)
    changed = await scheme.rules.update(SCOPE, rule.id, rule.draft)
    assert (changed.status, changed.version) == (RuleStatus.TEST, rule.version + 1)
    await scheme.rules.transition(SCOPE, rule.id, RuleStatus.ACTIVE)
    with pytest.raises(WrongState):
        await scheme.rules.update(SCOPE, rule.id, rule.draft)
    with pytest.raises(WrongState):
        await scheme.rules.transition(SCOPE, rule.id, RuleStatus.TEST)
    await scheme.rules.transition(SCOPE, rule.id, RuleStatus.INACTIVE)
    with pytest.raises(WrongState):
        await scheme.rules.transition(SCOPE, rule.id, RuleStatus.ACTIVE)
    assert (await scheme.rules.transition(SCOPE, rule.id, RuleStatus.ARCHIVED)).status is RuleStatus.ARCHIVED


async def test_an_undelivered_webhook_is_a_failure_and_can_be_retried(scheme: Scheme) -> None:
    rule = await scheme.rule(TEN, HOOK)
    event_id = await scheme.order(1)
    [call] = await scheme.events_where(category="webhook")
    expired = operation_event(
        "delivery.expired",
        tenant_id=1,
        entity_id="1",
        subscription_id=call.topic,
        facts={"eventId": call.event_id, "topic": call.topic, "reason": "HTTP 500"},
        event_id=scheme.ids.uuid7(),
        at_us=scheme.clock.now_us(),
    )
    await scheme.send(expired)
    await scheme.run()
    [failure] = await scheme.failures.list(SCOPE)
    assert (failure.source_event_id, failure.rule_id) == (event_id, rule.id)
    assert failure.reason == "CALL_WEBHOOK: not delivered: HTTP 500"
    await scheme.failures.retry(SCOPE, failure.event_id)
    await scheme.run()
    first, again = await scheme.events_where(category="webhook")
    assert first.topic == again.topic
    assert first.source != again.source
    assert await scheme.balance() == 10
