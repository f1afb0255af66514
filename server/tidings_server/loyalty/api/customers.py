"""The customer service, an extension of document 003."""

from datetime import date
from typing import Any, Final

from tidings.loyalty.v1 import customers_pb2 as pb
from tidings.loyalty.v1 import customers_pb2_grpc, events_pb2
from tidings_server.loyalty.api import event_messages
from tidings_server.loyalty.api.event_rules import MAX_ATTRIBUTES, MAX_REFERENCE
from tidings_server.loyalty.api.paging import ListPaging
from tidings_server.loyalty.customers import Customers, LoyaltyCustomer
from tidings_server.loyalty.store.profiles import CustomerFilter
from tidings_server.mail.addresses import ADDRESS_RULE, known_address
from tidings_server.platform.clock import Clock, parse_day, rfc3339_ms
from tidings_server.platform.errors import InvalidInput, Violation
from tidings_server.rpc.field_rules import Each, FieldRules, text
from tidings_server.rpc.metadata import Context, etag_of, if_match, scope_of, set_rest_response
from tidings_server.rpc.whole_numbers import int32

_SAME_NAMES: Final = frozenset(pb.CustomerChange.DESCRIPTOR.fields_by_name) - {"attributes", "is_account_locked"}
"""Fields of a change with the same name in the domain."""


def _email(value: str) -> str | None:
    """As mail is sent to, so that every address that is kept can be written to; empty removes it."""
    return None if not value or known_address(value) else ADDRESS_RULE


CHANGE_RULES: Final = FieldRules(
    pb.CustomerChange,
    {
        **{name: text(256) for name in ("first_name", "last_name", "display_name")},
        **{name: text(64) for name in ("mobile_number", "contact_phone")},
        "email_address": _email,
        "external_reference": text(MAX_REFERENCE),
        "external_status": text(256),
        "attributes": Each(FieldRules(pb.AttributeChange, {"key": text(128)}, required=("key",)), most=MAX_ATTRIBUTES),
    },
)


class CustomerService(customers_pb2_grpc.CustomerServiceServicer):
    """Customers of the caller's tenant."""

    def __init__(self, customers: Customers, paging: ListPaging, *, clock: Clock) -> None:
        self._customers = customers
        self._paging = paging
        self._clock = clock

    async def GetCustomer(self, request: pb.GetCustomerRequest, context: Context) -> pb.Customer:
        return await _respond(await self._customers.get(scope_of(context), request.customer_id.lower()), context)

    async def UpdateCustomer(self, request: pb.UpdateCustomerRequest, context: Context) -> pb.Customer:
        changes = load(request.customer, self._clock.now().date())
        scope, versions = scope_of(context), if_match(context)
        return await _respond(
            await self._customers.change(scope, request.customer_id.lower(), changes, if_match=versions), context
        )

    async def ListCustomers(self, request: pb.ListCustomersRequest, context: Context) -> pb.ListCustomersResponse:
        scope = scope_of(context)
        page_request = self._paging.request(scope, request)
        filters = CustomerFilter(request.email_address, request.external_reference, request.segment)
        found = await self._customers.page(scope, filters, after=page_request.start, limit=page_request.size + 1)
        page = self._paging.cut(
            scope,
            found,
            size=page_request.size,
            key=lambda customer: customer.stored.key,
            dump=lambda customer: dump(customer, scope.tenant_id),
        )
        return pb.ListCustomersResponse(customers=page.messages, next=page.next)

    async def ListCustomerEvents(
        self, request: pb.ListCustomerEventsRequest, context: Context
    ) -> pb.ListCustomerEventsResponse:
        scope = scope_of(context)
        page_request = self._paging.request(scope, request)
        found = await self._customers.events(
            scope, request.customer_id.lower(), before=page_request.before, limit=page_request.size
        )
        events = [event_messages.dump(event, scope.tenant_id) for event in found.events]
        following = None if found.last is None else self._paging.after(scope, found.last)
        return pb.ListCustomerEventsResponse(events=events, next=following)


def load(message: pb.CustomerChange, today: date) -> dict[str, Any]:
    """The changes, by the domain's names; an attribute to be removed is None. Raises InvalidInput."""
    violations = CHANGE_RULES.violations(message)
    if message.date_of_birth and not _is_past_day(message.date_of_birth, today):
        violations.append(Violation("dateOfBirth", "must be a day that is not in the future, such as 1990-12-31"))
    if violations:
        raise InvalidInput(violations=violations)
    changes: dict[str, Any] = {field.name: value for field, value in message.ListFields() if field.name in _SAME_NAMES}
    if message.HasField("is_account_locked"):
        changes["is_locked"] = message.is_account_locked
    if message.attributes:
        changes["attributes"] = {
            each.key: each.value if each.HasField("value") else None for each in message.attributes
        }
    return changes


def dump(customer: LoyaltyCustomer, tenant_id: str) -> pb.Customer:
    """The customer as a message."""
    stored, profile, account = customer
    return pb.Customer(
        customer_id=stored.id,
        tenant_id=tenant_id,
        first_name=profile.first_name,
        last_name=profile.last_name,
        display_name=profile.display_name,
        email_address=profile.email_address,
        is_account_locked=stored.is_locked,
        mobile_number=profile.mobile_number,
        optin_sms=profile.optin_sms,
        optin_email=profile.optin_email,
        accept_terms=profile.accept_terms,
        attributes=[events_pb2.KeyValue(key=key, value=value) for key, value in profile.attributes.items()],
        date_of_birth=profile.date_of_birth,
        created_at=rfc3339_ms(stored.created_at),
        changed_at=rfc3339_ms(stored.changed_at),
        contact_phone=profile.contact_phone,
        external_reference=stored.external_reference or "",
        external_status=profile.external_status,
        balance=int32(account.balance),
        pending_balance=int32(account.pending_balance),
        debt=int32(account.debt),
        lifetime_spend=float(account.lifetime_spend),
        annual_spend=float(account.annual_spend),
        segments=account.segments,
        spend=[
            pb.CurrencySpend(currency_code=each.currency, lifetime=float(each.lifetime), annual=float(each.annual))
            for each in account.spend
        ],
    )


def _is_past_day(text: str, today: date) -> bool:
    try:
        return parse_day(text) <= today
    except ValueError:
        return False


async def _respond(customer: LoyaltyCustomer, context: Context) -> pb.Customer:
    set_rest_response(context, etag=etag_of(customer.stored.version))
    return dump(customer, scope_of(context).tenant_id)
