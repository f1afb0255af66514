"""A person, and how free-form data is searched and redacted for one.

A customer's id may be any short text, a number even, so it only counts where a customer is meant: in a field that is
called so, or as the id of an entity of that kind. An e-mail address or a telephone number counts wherever it stands.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from tidings_server.platform.errors import InvalidInput

CUSTOMER: Final = "CUSTOMER"
"""The kind of entity whose ids are customers' ids."""
CUSTOMER_FIELDS: Final = frozenset(
    {"customer", "customerid", "customerref", "customernumber", "customeruid", "externalcustomerid", "memberid"}
)
"""Names of fields that hold a customer's id, in lower case without `_` and `-`."""

MAX_IDS: Final = 20
MIN_CONTACT: Final = 5
MAX_LENGTH: Final = 320

_INSIDE: Final = r"[\w.+-]"


@dataclass(frozen=True)
class Person:
    """One person of a tenant. `pseudonym` replaces the customer's id from the erasure on.

    `aliases` are other names of the customer, each with the retailer among whose customers it is one.
    """

    tenant: int
    customer_ids: frozenset[str]
    contacts: frozenset[str]
    pseudonym: str = ""
    aliases: frozenset[tuple[str, str]] = frozenset()

    def is_customer(self, value: object) -> bool:
        """Whether this is one of the customer's ids."""
        return isinstance(value, (str, int)) and str(value).casefold() in self._ids

    def is_alias(self, retailer_id: object, value: object) -> bool:
        """Whether this is another name of the customer at a retailer."""
        return (retailer_id, value) in self.aliases

    def is_named_in(self, text: str) -> bool:
        """Whether an e-mail address or telephone number of the person stands in a text."""
        return self._pattern is not None and self._pattern.search(text) is not None

    @cached_property
    def _ids(self) -> frozenset[str]:
        return frozenset(map(str.casefold, self.customer_ids))

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        if not self.contacts:
            return None
        alternatives = "|".join(map(re.escape, sorted(self.contacts)))
        return re.compile(f"(?<!{_INSIDE})(?:{alternatives})(?![\\w@+-])", re.IGNORECASE)


def person(tenant: int, customer_ids: Sequence[str], contacts: Sequence[str], *, pseudonym: str = "") -> Person:
    """Person with these ids and contacts. Raises InvalidInput without any, or for one too short to be unique."""
    if not customer_ids and not contacts:
        raise InvalidInput.of("person", "needs customerIds or contacts")
    for name, values, least in (("customerIds", customer_ids, 1), ("contacts", contacts, MIN_CONTACT)):
        if len(values) > MAX_IDS:
            raise InvalidInput.of(name, f"at most {MAX_IDS}")
        for index, value in enumerate(values):
            if value != value.strip() or not least <= len(value) <= MAX_LENGTH:
                raise InvalidInput.of(f"{name}[{index}]", f"{least} to {MAX_LENGTH} characters, no blanks around them")
    return Person(tenant, frozenset(customer_ids), frozenset(contacts), pseudonym)


def mentions(subject: Person, json: Any, name: str = "") -> bool:
    """Whether JSON names the person; `name` is that of the field it stands in."""
    match json:
        case str():
            return subject.is_named_in(json) or (is_customer_field(name) and subject.is_customer(json))
        case Mapping():
            return any(subject.is_named_in(key) or mentions(subject, value, key) for key, value in json.items())
        case list() | tuple():
            return any(mentions(subject, value, name) for value in json)
        case bool():
            return False
        case int():
            return is_customer_field(name) and subject.is_customer(json)
        case _:
            return False


def redacted(subject: Person, json: Any, name: str = "") -> Any:
    """JSON without its texts: the person's ids and contacts become the pseudonym, other texts are emptied.

    Numbers stay, so that sums still are what they were; but for the customer's own and those in names of fields.
    """
    match json:
        case str():
            return _instead(subject, json, name)
        case Mapping():
            return {"" if subject.is_named_in(key) else key: redacted(subject, json[key], key) for key in json}
        case list() | tuple():
            return [redacted(subject, value, name) for value in json]
        case bool():
            return json
        case int() if is_customer_field(name) and subject.is_customer(json):
            return 0
        case _:
            return json


def is_customer_field(name: str) -> bool:
    """Whether a field of this name holds a customer's id."""
    return name.casefold().replace("_", "").replace("-", "") in CUSTOMER_FIELDS


def _instead(subject: Person, text: str, name: str) -> str:
    is_all_of_it = text.casefold() in map(str.casefold, subject.contacts)
    return subject.pseudonym if is_all_of_it or (is_customer_field(name) and subject.is_customer(text)) else ""
