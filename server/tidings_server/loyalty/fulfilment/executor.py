"""The fulfilment executor: carries out all fulfilments of a rule except points, which are the ledger's.

Nothing is sent from here: a mail and a webhook are events of the log, which the delivery engine sends, retries and
counts. A fulfilment fails here only where such an event cannot be created.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tidings_server.delivery.requested_deliveries import webhook_event
from tidings_server.loyalty import derived_events
from tidings_server.loyalty.assessment.batch import AssessmentBatch
from tidings_server.loyalty.assessment.customer_state import CustomerState
from tidings_server.loyalty.event_codec import LoyaltyEventCodec
from tidings_server.loyalty.events import CUSTOMER
from tidings_server.loyalty.fulfilment.delivery_failures import FulfilmentSource
from tidings_server.loyalty.ledger.commands import CausingEvent
from tidings_server.loyalty.rules.fulfilments import POINTS_TYPES, Email, Fulfilment, FulfilmentType
from tidings_server.loyalty.rules.rule import LoyaltyRule
from tidings_server.loyalty.store.customers import SegmentMembership
from tidings_server.mail.addresses import known_address
from tidings_server.mail.consent import LOYALTY, MailConsent
from tidings_server.mail.rendering import one_line
from tidings_server.mail.requests import EmailRequest, email_requested
from tidings_server.mail.templates import RenderFailed, render
from tidings_server.mail.unsubscribe_links import PLACEHOLDER, UNSUBSCRIBE_URL
from tidings_server.platform.clock import from_us, to_us
from tidings_server.platform.errors import InvalidInput

NO_ADDRESS: Final = "the customer wants e-mail and has no address"


class FulfilmentError(Exception):
    """A fulfilment cannot be carried out; its text is the reason."""


@dataclass(frozen=True, slots=True)
class FulfilmentContext:
    """A rule that has matched an event of a customer, and the batch that collects the effects."""

    batch: AssessmentBatch
    cause: CausingEvent
    rule: LoyaltyRule
    state: CustomerState
    retry_seq: int = 0
    """The number of the retry event; 0 the first time."""
    order_key: int | None = None
    """The key of the event's order."""
    at_us: int | None = None
    """Instant at which the order or another event happened, from which expiries are counted. None: now."""

    def source(self, index: int) -> FulfilmentSource:
        """The source of the mail or webhook of a fulfilment."""
        return FulfilmentSource(self.cause.stored.seq, self.rule.key, index, self.retry_seq)


class FulfilmentExecutor:
    """Adds the effects of fulfilments to a batch."""

    def __init__(self, codec: LoyaltyEventCodec) -> None:
        self._codec = codec

    def execute(self, context: FulfilmentContext, indexes: Iterable[int]) -> None:
        """Carry out the fulfilments of a rule with these indexes; those that fail are one failure."""
        reasons: dict[int, str] = {}
        for index in indexes:
            fulfilment = context.rule.draft.fulfilments[index]
            try:
                self._execute(context, index, fulfilment)
            except FulfilmentError as error:
                reasons[index] = f"{fulfilment.type.value}: {error}"
        if reasons:
            context.batch.record_failure(context.cause, context.rule, reasons, reason="; ".join(reasons.values()))

    def _execute(self, context: FulfilmentContext, index: int, fulfilment: Fulfilment) -> None:
        batch = context.batch
        match fulfilment.type:
            case FulfilmentType.ADD_TO_SEGMENT:
                _add_to_segment(context, fulfilment)
            case FulfilmentType.REMOVE_FROM_SEGMENT:
                context.state.segments.pop(fulfilment.segment, None)
                batch.segments.remove(context.state.key, fulfilment.segment)
            case FulfilmentType.EMIT_TOPIC:
                cause = context.cause.stored
                batch.append(
                    derived_events.topic_record(fulfilment.topic, cause, event_id=batch.new_id(), at_us=batch.now_us)
                )
            case FulfilmentType.SEND_EMAIL:
                self._send_email(context, index, fulfilment)
            case FulfilmentType.CALL_WEBHOOK:
                self._call_webhook(context, index, fulfilment)

    def _send_email(self, context: FulfilmentContext, index: int, fulfilment: Fulfilment) -> None:
        """Request a mail to a customer who has opted in. Source: WIRE.md 003 (b), fulfilment actions."""
        profile, email = context.state.profile, fulfilment.email
        if email is None or not profile.optin_email:
            return
        if known_address(profile.email_address) is None:
            raise FulfilmentError(NO_ADDRESS)
        try:
            request = _email_request(
                profile.email_address, email, {**self._template_data(context), UNSUBSCRIBE_URL: PLACEHOLDER}
            )
            request = replace(request, consent=MailConsent(LOYALTY, context.state.row.id).packed())
        except (InvalidInput, RenderFailed) as error:
            raise FulfilmentError(error.message) from None
        cause = context.cause.stored
        mail = email_requested(
            request,
            tenant_id=cause.tenant_id,
            source=str(context.source(index)),
            at_us=context.batch.now_us,
            correlation_id=cause.event_id,
            traceparent=cause.traceparent,
            hops=cause.hops + 1,
        )
        context.batch.append(mail)

    def _call_webhook(self, context: FulfilmentContext, index: int, fulfilment: Fulfilment) -> None:
        cause, batch = context.cause.stored, context.batch
        customer = (CUSTOMER, cause.root_id, None)
        webhook = webhook_event(
            fulfilment.url,
            self._template_data(context),
            name="CallWebhook",
            cause=cause,
            event_id=batch.new_id(),
            entity=customer,
            root=customer,
            at_us=batch.now_us,
            source=str(context.source(index)),
        )
        batch.append(webhook)

    def _template_data(self, context: FulfilmentContext) -> dict[str, Any]:
        """Event, customer and rule, for the templates of mails and the bodies of webhooks."""
        state, profile, rule = context.state, context.state.profile, context.rule
        customer: Mapping[str, Any] = {
            "customerId": state.row.id,
            "firstName": profile.first_name,
            "lastName": profile.last_name,
            "displayName": profile.display_name,
            "emailAddress": profile.email_address,
            "externalReference": state.row.external_reference or "",
            "balance": state.balance,
        }
        event = dict(self._codec.as_json(context.cause.stored))
        return {"event": event, "customer": customer, "rule": {"ruleId": rule.id, "name": rule.draft.name}}


def points_indexes(rule: LoyaltyRule) -> list[int]:
    """The indexes of a rule's fulfilments that give points."""
    return [index for index, each in enumerate(rule.draft.fulfilments) if each.type in POINTS_TYPES]


def other_indexes(rule: LoyaltyRule) -> list[int]:
    """The indexes of a rule's fulfilments that give no points."""
    return [index for index, each in enumerate(rule.draft.fulfilments) if each.type not in POINTS_TYPES]


def _email_request(to: str, email: Email, data: Mapping[str, Any]) -> EmailRequest:
    """The mail to one customer. Raises RenderFailed and InvalidInput where the data does not fill the templates."""
    if email.template_id:
        return EmailRequest(to=to, template_id=email.template_id, data=data)
    return EmailRequest(
        to=to,
        subject=one_line(render(email.subject, data)),
        text=render(email.text, data),
        html=render(email.html, data, is_html=True),
    )


def _add_to_segment(context: FulfilmentContext, fulfilment: Fulfilment) -> None:
    batch, state = context.batch, context.state
    at_us = context.at_us if context.at_us is not None else batch.now_us
    expires_at = to_us(fulfilment.expiry.after(from_us(at_us))) if fulfilment.expiry else None
    membership = SegmentMembership(state.key, fulfilment.segment, batch.now_us, expires_at)
    state.segments[fulfilment.segment] = membership
    batch.segments.add(membership, source=context.order_key or context.cause.stored.seq)
