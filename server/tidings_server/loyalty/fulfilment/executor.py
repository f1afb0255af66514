"""Giving: carrying out what a rule brings, but for points, which are the book's.

Nothing is sent from here: a mail and a webhook are events of the log, which the delivery engine sends, tries again and
counts. So what can fail here is what cannot even be asked for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tidings_server.delivery.requested_deliveries import webhook_event
from tidings_server.loyalty import derived_events
from tidings_server.loyalty.assessment.batch import Page
from tidings_server.loyalty.assessment.customer_state import Standing
from tidings_server.loyalty.event_codec import LoyaltyBodies
from tidings_server.loyalty.events import CUSTOMER
from tidings_server.loyalty.fulfilment.delivery_failures import Asked
from tidings_server.loyalty.ledger.commands import Happened
from tidings_server.loyalty.rules.fulfilments import POINTS, Email, Fulfilment, FulfilmentType
from tidings_server.loyalty.rules.rule import Rule
from tidings_server.loyalty.store.customers import Membership
from tidings_server.mail.rendering import one_line
from tidings_server.mail.requests import EmailRequest, email_requested
from tidings_server.mail.templates import RenderFailed, render
from tidings_server.platform.clock import from_us, to_us
from tidings_server.platform.errors import InvalidInput

NO_ADDRESS: Final = "the customer wants e-mail and has no address"


class CannotGive(Exception):
    """A fulfilment cannot be carried out; its text is the reason."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """A rule that has matched an event of a customer."""

    page: Page
    cause: Happened
    rule: Rule
    standing: Standing
    attempt: int = 0
    """The number of the event that has it retried; 0 the first time."""

    def asked(self, place: int) -> Asked:
        """What asks for a mail or a webhook."""
        return Asked(self.cause.stored.seq, self.rule.key, place, self.attempt)


class Giver:
    """Carries out fulfilments into a page."""

    def __init__(self, bodies: LoyaltyBodies) -> None:
        self._bodies = bodies

    def give(self, occasion: Occasion, places: Iterable[int]) -> None:
        """Carry out the fulfilments of a rule at these places. Those that fail are noted together."""
        reasons: dict[int, str] = {}
        for place in places:
            try:
                self._give(occasion, place)
            except CannotGive as error:
                reasons[place] = f"{occasion.rule.draft.fulfilments[place].type.value}: {error}"
        if reasons:
            occasion.page.fail(occasion.cause, occasion.rule, reasons, "; ".join(reasons.values()))

    def _give(self, occasion: Occasion, place: int) -> None:
        page, given = occasion.page, occasion.rule.draft.fulfilments[place]
        match given.type:
            case FulfilmentType.ADD_TO_SEGMENT:
                _add_to_segment(occasion, given)
            case FulfilmentType.REMOVE_FROM_SEGMENT:
                occasion.standing.segments.pop(given.segment, None)
                page.leave(occasion.standing.key, given.segment)
            case FulfilmentType.EMIT_TOPIC:
                cause = occasion.cause.stored
                page.send(derived_events.topic_record(given.topic, cause, event_id=page.new_id(), at_us=page.now_us))
            case FulfilmentType.SEND_EMAIL:
                self._mail(occasion, place)
            case FulfilmentType.CALL_WEBHOOK:
                self._call(occasion, place, given)

    def _mail(self, occasion: Occasion, place: int) -> None:
        """To who has opted in. Source: WIRE.md 003 (b), fulfilment actions."""
        profile, email = occasion.standing.profile, occasion.rule.draft.fulfilments[place].email
        if email is None or not profile.optin_email:
            return
        if not profile.email_address:
            raise CannotGive(NO_ADDRESS)
        try:
            request = _letter(profile.email_address, email, self._told(occasion))
        except (InvalidInput, RenderFailed) as error:
            raise CannotGive(error.message) from None
        cause = occasion.cause.stored
        mail = email_requested(
            request,
            tenant_id=cause.tenant_id,
            source=str(occasion.asked(place)),
            at_us=occasion.page.now_us,
            correlation_id=cause.event_id,
            traceparent=cause.traceparent,
            hops=cause.hops + 1,
        )
        occasion.page.send(mail)

    def _call(self, occasion: Occasion, place: int, given: Fulfilment) -> None:
        cause, page = occasion.cause.stored, occasion.page
        customer = (CUSTOMER, cause.root_id, None)
        call = webhook_event(
            given.url,
            self._told(occasion),
            name="CallWebhook",
            cause=cause,
            event_id=page.new_id(),
            entity=customer,
            root=customer,
            at_us=page.now_us,
            source=str(occasion.asked(place)),
        )
        page.send(call)

    def _told(self, occasion: Occasion) -> dict[str, Any]:
        """What a mail's template and a webhook see: the event, the customer, the points and the rule."""
        standing, profile, rule = occasion.standing, occasion.standing.profile, occasion.rule
        customer: Mapping[str, Any] = {
            "customerId": standing.row.id,
            "firstName": profile.first_name,
            "lastName": profile.last_name,
            "displayName": profile.display_name,
            "emailAddress": profile.email_address,
            "externalReference": standing.row.external_reference or "",
            "balance": standing.balance,
        }
        event = dict(self._bodies.as_json(occasion.cause.stored))
        return {"event": event, "customer": customer, "rule": {"ruleId": rule.id, "name": rule.draft.name}}


def places_beside_points(rule: Rule) -> list[int]:
    """The places of a rule's fulfilments that are no points."""
    return [place for place, given in enumerate(rule.draft.fulfilments) if given.type not in POINTS]


def places_of_points(rule: Rule) -> list[int]:
    """The places of those that are."""
    return [place for place, given in enumerate(rule.draft.fulfilments) if given.type in POINTS]


def _letter(to: str, email: Email, told: Mapping[str, Any]) -> EmailRequest:
    """The mail to one customer. Raises RenderFailed and InvalidInput for what this customer and event do not fill."""
    if email.template_id:
        return EmailRequest(to=to, template_id=email.template_id, data=told)
    return EmailRequest(
        to=to,
        subject=one_line(render(email.subject, told)),
        text=render(email.text, told),
        html=render(email.html, told, is_html=True),
    )


def _add_to_segment(occasion: Occasion, given: Fulfilment) -> None:
    page, standing = occasion.page, occasion.standing
    expires_at = to_us(given.expiry.after(from_us(page.now_us))) if given.expiry else None
    membership = Membership(standing.key, given.segment, page.now_us, expires_at)
    standing.segments[given.segment] = membership
    page.join(membership)
