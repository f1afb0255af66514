"""Rules as messages, and as drafts of the domain.

The domain validates drafts; here is refused only what a draft cannot hold: a missing kind, and texts that are no dates
or durations.
"""

from typing import Final

from tidings.loyalty.v1 import rules_pb2 as pb
from tidings_server.loyalty import periods
from tidings_server.loyalty.api.field_reader import FieldReader, print_instant
from tidings_server.loyalty.api.numbers import decimal
from tidings_server.loyalty.rules.fulfilments import Email, Fulfilment, FulfilmentType, PointsBase, ProductSelector
from tidings_server.loyalty.rules.rule import Assesses, LoyaltyRule, NameSpace, RuleDraft
from tidings_server.platform.clock import rfc3339_ms
from tidings_server.platform.errors import InvalidInput, Violation
from tidings_server.rpc.field_rules import FieldRules, text

_RULE: Final = FieldRules(
    pb.Rule, {"condition": text(2_048), "rule_id": text(1_024)}, required=("name", "assesses", "fulfilments")
)


def load(message: pb.Rule) -> RuleDraft:
    """The draft of a rule without the fields that the server sets. Raises InvalidInput."""
    reader = FieldReader()
    reader.violations += _RULE.violations(message)
    starts_at = reader.instant(message.effective_from, "effectiveFrom")
    ends_at = reader.instant(message.effective_to, "effectiveTo")
    fulfilments = [
        _load_fulfilment(fulfilment, f"fulfilments[{at}]", reader) for at, fulfilment in enumerate(message.fulfilments)
    ]
    if message.HasField("name_space") and not (message.name_space.equals or message.name_space.HasField("begins_with")):
        reader.violations.append(Violation("nameSpace", "must have equals, which is not empty, or beginsWith"))
    if reader.violations:
        raise InvalidInput(violations=reader.violations)
    return RuleDraft(
        name=message.name,
        description=message.description,
        assesses=Assesses(pb.Rule.Assesses.Name(message.assesses)),
        name_space=NameSpace(message.name_space.equals, message.name_space.begins_with),
        condition=message.condition,
        effective_from_us=starts_at,
        effective_to_us=ends_at,
        fulfilments=tuple(fulfilment for fulfilment in fulfilments if fulfilment),
    )


def dump(rule: LoyaltyRule) -> pb.Rule:
    """The rule as a message."""
    draft = rule.draft
    message = pb.Rule(
        rule_id=rule.id,
        name=draft.name,
        description=draft.description,
        assesses=pb.Rule.Assesses.Value(draft.assesses.value),
        name_space=_dump_name_space(draft.name_space),
        condition=draft.condition,
        effective_from=print_instant(draft.effective_from_us),
        effective_to=print_instant(draft.effective_to_us),
        status=pb.Rule.Status.Value(rule.status.value),
        fulfilments=map(_dump_fulfilment, draft.fulfilments),
        created_at=rfc3339_ms(rule.created_at),
        changed_at=rfc3339_ms(rule.updated_at),
    )
    if rule.last_condition_error:
        message.last_condition_error = rule.last_condition_error
    return message


def _load_fulfilment(message: pb.Fulfilment, path: str, reader: FieldReader) -> Fulfilment | None:
    if not message.HasField("type"):
        reader.violations.append(Violation(f"{path}.type", "is required"))
        return None
    return Fulfilment(
        type=FulfilmentType(pb.Fulfilment.Type.Name(message.type)),
        points=decimal(message.points) if message.HasField("points") else None,
        base=PointsBase(pb.Fulfilment.Base.Name(message.base)) if message.HasField("base") else None,
        segment=message.segment,
        expiry=reader.read(message.expiry, f"{path}.expiry", parse=periods.parse, rule=periods.RULE),
        email=_load_email(message.email) if message.HasField("email") else None,
        url=message.webhook.url,
        topic=message.topic,
        code=message.code,
        percent=decimal(message.percent) if message.HasField("percent") else None,
        amount=decimal(message.amount) if message.HasField("amount") else None,
        products=_load_selector(message.products) if message.HasField("products") else None,
    )


def _dump_fulfilment(fulfilment: Fulfilment) -> pb.Fulfilment:
    message = pb.Fulfilment(type=pb.Fulfilment.Type.Value(fulfilment.type.value))
    for name in ("points", "percent", "amount"):
        number = getattr(fulfilment, name)
        if number is not None:
            setattr(message, name, float(number))
    for name in ("segment", "topic", "code"):
        if text_value := getattr(fulfilment, name):
            setattr(message, name, text_value)
    if fulfilment.base:
        message.base = pb.Fulfilment.Base.Value(fulfilment.base.value)
    if fulfilment.expiry:
        message.expiry = str(fulfilment.expiry)
    if fulfilment.url:
        message.webhook.url = fulfilment.url
    if fulfilment.email:
        message.email.CopyFrom(_dump_email(fulfilment.email))
    if fulfilment.products:
        message.products.CopyFrom(_dump_selector(fulfilment.products))
    return message


def _dump_name_space(name_space: NameSpace) -> pb.NameSpace | None:
    if name_space.equals:
        return pb.NameSpace(equals=name_space.equals)
    return pb.NameSpace(begins_with=name_space.begins_with) if name_space.begins_with else None


def _load_email(message: pb.Email) -> Email:
    return Email(subject=message.subject, text=message.text, html=message.html, template_id=message.template_id)


def _dump_email(email: Email) -> pb.Email:
    return pb.Email(subject=email.subject, text=email.text, html=email.html, template_id=email.template_id)


def _load_selector(message: pb.ProductSelector) -> ProductSelector:
    return ProductSelector(
        skus=tuple(message.skus),
        product_ids=tuple(message.product_ids),
        vendors=tuple(message.vendors),
        tags=tuple(message.tags),
    )


def _dump_selector(selector: ProductSelector) -> pb.ProductSelector:
    return pb.ProductSelector(
        skus=selector.skus, product_ids=selector.product_ids, vendors=selector.vendors, tags=selector.tags
    )
