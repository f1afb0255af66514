"""Whether the server does what the OpenAPI document says, in both directions, and where it may not.

What the schema allows is taken, what it forbids is refused, and responses are as described. Each exception has its
reason; one that no request needs any more is not noticed here, so keep them few.
"""

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

import jsonschema
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

RESPONSES: Final = (
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
)

BLOCKS: Final = frozenset({"action", "basket", "order", "transaction", "redemption"})

REFUSED_THOUGH_VALID: Final[Mapping[str, str]] = {
    r"must not contain NUL|is not UTF-8, or has control characters": "PostgreSQL stores no NUL, and XML has none",
    r"position that this API returned|^after: must be the id": "positions are opaque",
    r"must be (the )?`next` of (a page|an answer|a trace)": "the same",
    r"whole numbers up to ±|Proto fields must have a name|deeper than": "JSON's limits, where a value may be anything",
    r"at most \d+ decimals|must be below|must be above": "bounds of decimal numbers, which binary ones meet by chance",
    r"does not compile|not understood at character|a name is not known here": (
        "CEL, filters, orders and selections of fields are languages of their own"
    ),
    r"^responseFields: ([\w.]+ is not known here|names separated by commas)": (
        "the same: an answer has other fields than a page of them"
    ),
    r"cron expression|time zone|ISO 8601 duration|ISO 4217|ISO 3166": "forms that no schema keyword has",
    r"must be a topic|must be an e-mail|URL with a host|an http.*URL|a region of AWS|no blanks around": (
        "forms that a pattern has only in part"
    ),
    r"must be one address": "the same",
    r"must be https://host": "the same",
    r"RFC 3339 time|in the future|must be between 1970|must not be after|must be after|not in the future": "the time",
    r"must not lie before": "the same",
    r"does not belong to|cannot be given for|is required$|only one of|one of .* is required": (
        "fields that the value of another field asks for or forbids"
    ),
    r"is required, a text": "lists of anything in the document",
    r"is required wh|is required with ": "the same",
    r"must have an age|must have equals|needs a type|needs customerIds|must not stand beside": "the same",
    r"must have a subject|must name (skus|the recipient)|takes equals or beginsWith|an? \w+ has no ": "the same",
    r"must have the (region|domain) of its|is for (type SNS|users)|stands for (the|a) stored secret": "the same",
    r"is required: several retailers|must be the (ref|one|id) (that|in|of) ": "the same",
    r"must be a (retailer|store) of this|must be the (id|number) of a": "names of what is stored",
    r"must have a (time within|step below)|must not fire more than|counters\.|counts over at most": "as above",
    r"has no fields of its own|different sites, each|must be at most [14] months? a": "the same",
    r"are sorted by \w+ asc": "orders, as above",
    r"no id twice|no two the same|matches the same as": "lists whose items differ in one field",
    r"as in the path|that of the path|is there twice|must be the region that": "two parts of one request",
    r"own tenant|is for new subscriptions": "the caller",
    r"The customer has|^INSUFFICIENT_BALANCE": "the customer's balance",
    r"must be a whole number from": "whole numbers where other fulfilments have rates",
    r"must be of [A-Z_, ]+|must be one of [A-Z]": "comma lists, and filters whose values the comment lists",
    r"must be an object|must be a decimal integer|visible characters|must match|must be 1 to 128 of": "in words",
}
"""Rules that the schema does not have, as patterns of what the server says, with what they are about."""


def without_credentials(document: dict[str, Any]) -> dict[str, Any]:
    """The document without its security schemes: credentials are the test's own, and not to be guessed at."""
    found = deepcopy(document)
    for item in found["paths"].values():
        for operation in item.values():
            operation["security"] = []
    return found


def narrowed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with requests that have no fields but the known ones: others are ignored, whatever they are."""
    found = deepcopy(document)
    for schema in _objects(found["components"]["schemas"]):
        schema.setdefault("additionalProperties", False)
    return found


def check_responses(case: Any, response: Any) -> None:
    """The response is one that the document describes."""
    for check in RESPONSES:
        case.validate_response(response, checks=[check])


def check_direction(case: Any, response: Any, mode: GenerationMode) -> None:
    """A valid request is taken, an invalid one refused."""
    if mode is GenerationMode.POSITIVE:
        if response.status_code not in {400, 413}:
            return
        unexplained = [text for text in complaints(response) if not _is_expected(text)]
        assert not unexplained, f"valid by the document, and refused: {unexplained}"
    elif response.status_code < 300 and not _is_valid_without_unknown(case):
        case.validate_response(response, checks=[checks.negative_data_rejection])


def complaints(response: Any) -> list[str]:
    """What a refusal names, in the body of any of the APIs."""
    if not response.text.startswith("{"):
        return [response.text]  # XML
    body = json.loads(response.text)
    if entries := body.get("fieldErrors"):
        return [f"{one['field']}: {one['message']}" for one in entries]
    if entries := body.get("items") or body.get("errors"):
        return [str(one["message"]) for one in entries]
    names = ("detail", "errorMessage", "error_description", "message")
    return [str(body[name]) for name in names if name in body][:1]


def _is_expected(text: str) -> bool:
    return any(re.search(pattern, text) for pattern in REFUSED_THOUGH_VALID)


def _is_valid_without_unknown(case: Any) -> bool:
    """Whether only what nobody reads was wrong: query parameters of other names, an empty query, header or text."""
    body = case.body if isinstance(case.body, dict) else {}
    if "" in body.values() or len(body.keys() & BLOCKS) > 1:  # an empty text is none; another call's block is ignored
        return True
    places = {str(place.value) for place, one in case.meta.components.items() if one.mode is GenerationMode.NEGATIVE}
    if not places <= {"query", "header"}:
        return False
    has_id = isinstance(case.body, dict) and bool({"id", "eventId"} & case.body.keys())  # then no key is looked at
    sent = [(case.operation.query, case.query), *([] if has_id else [(case.operation.headers, case.headers)])]
    return all(
        _fits((values or {}).get(one.name), one.definition.get("schema", {})) for known, values in sent for one in known
    )


def _fits(value: Any, schema: Mapping[str, Any]) -> bool:
    if value is None or str(value).strip() in {"", "null"}:
        return True
    kinds = {"integer": int, "number": float}
    try:
        kind = schema.get("type")
        value = value.strip() if isinstance(value, str) else value  # as HTTP does with blanks around a header
        if kind in kinds and isinstance(value, str):
            value = kinds[kind](value)
        elif kind == "boolean" and value in ("true", "false"):
            value = value == "true"
        jsonschema.validate(value, {name: rule for name, rule in schema.items() if name != "format"})
    except (jsonschema.ValidationError, ValueError):
        return False
    return True


def _objects(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if part.get("type") == "object" and "properties" in part:
            yield part
        for inner in part.values():
            yield from _objects(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _objects(inner)
