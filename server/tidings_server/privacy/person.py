"""A person, and how free-form data is searched for one; `redaction` takes the person out.

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

LONG_ID: Final = 8
"""Characters of a customer's id that, with a digit in it, is no other word by chance: it counts in any text."""
SHORT_ID: Final = 4
"""Characters from which on an id is looked for within texts of the person's own data."""

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

    def is_named_by(self, text: str) -> bool:
        """Equality of a text with one of the person's e-mail addresses, telephone numbers or long ids, in any case."""
        return text.casefold() in self._names

    def stands_in(self, text: str) -> bool:
        """Search for an e-mail address, telephone number or long id of the person within a text."""
        return self._names_pattern is not None and self._names_pattern.search(text) is not None

    def is_other_name(self, text: str) -> bool:
        """Equality of a text with an alias of the customer at any retailer; for data of the person alone."""
        return any(text == name for _, name in self.aliases)

    def any_name_stands_in(self, text: str) -> bool:
        """Search for any id, alias or contact within a text, short ones too; for data of the person alone."""
        return self._all_pattern is not None and self._all_pattern.search(text) is not None

    def without(self, text: str, instead: str) -> str:
        """A text with `instead` wherever an address, a number or a long id of the person stands."""
        return text if self._names_pattern is None else self._names_pattern.sub(lambda _: instead, text)

    @cached_property
    def _ids(self) -> frozenset[str]:
        return frozenset(map(str.casefold, self.customer_ids))

    @cached_property
    def _names(self) -> frozenset[str]:
        long = (one for one in self.customer_ids if len(one) >= LONG_ID and any(map(str.isdigit, one)))
        return frozenset(map(str.casefold, (*self.contacts, *long)))

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        return _any_of(frozenset(map(str.casefold, self.contacts)))

    @cached_property
    def _names_pattern(self) -> re.Pattern[str] | None:
        return _any_of(self._names)

    @cached_property
    def _all_pattern(self) -> re.Pattern[str] | None:
        others = (name for name in (*self.customer_ids, *(name for _, name in self.aliases)) if len(name) >= SHORT_ID)
        return _any_of(self._names | frozenset(map(str.casefold, others)))


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


def is_customer_field(name: str) -> bool:
    """Whether a field of this name holds a customer's id."""
    return name.casefold().replace("_", "").replace("-", "") in CUSTOMER_FIELDS


def _any_of(names: frozenset[str]) -> re.Pattern[str] | None:
    """Pattern of these names as they stand in a text, not as a part of a longer one."""
    if not names:
        return None
    alternatives = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.compile(f"(?<!{_INSIDE})(?:{alternatives})(?![\\w@+-])", re.IGNORECASE)
