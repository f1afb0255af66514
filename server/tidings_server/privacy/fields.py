"""Names of fields, and forms of texts, by which the erasure tells what a text is.

In a record of the person all texts go but those that are plainly no words about anybody: values of fields that hold
codes, and texts in the form of a code, a date or a number. A field that holds details of a person never keeps its text.
"""

import re
from typing import Final

PERSONAL: Final = (
    *("name", "mail", "phone", "mobile", "fax", "street", "address", "city", "town", "zip", "postal", "postcode"),
    *("birth", "gender", "salutation", "user", "login", "account", "passport", "licence", "license", "social"),
    *("note", "message", "comment", "remark", "description", "text", "greeting", "signature", "iban", "taxid", "vatid"),
    *("device", "session", "cookie", "externalref", "nickname"),
)
"""Parts of names of fields that hold details of a person, or words of one."""
DETAILS: Final = frozenset(
    (
        *("name", "firstname", "lastname", "middlename", "givenname", "familyname", "surname", "fullname"),
        *("salutation", "birthdate", "birthday", "dateofbirth", "phone", "phonenumber", "telephone", "mobile"),
        *("street", "street1", "street2", "address", "addressline1", "addressline2", "postaladdress"),
        *("billingaddress", "shippingaddress", "deliveryaddress", "postcode", "postalcode", "zip", "zipcode", "city"),
    )
)
"""Names of fields that, beside a field of CONTACTS with the person's own, hold the person's details."""
CONTACTS: Final = frozenset(
    (
        *("email", "mail", "emailaddress", "mailaddress", "customeremail", "phone", "phonenumber", "telephone"),
        *("mobile", "mobilenumber", "customerphone"),
    )
)
"""Names of fields that hold the address or number of whom an object is about; `to` and `cc` do not."""
CODES: Final = frozenset(
    (
        *("id", "ids", "ref", "refs", "code", "codes", "sku", "gtin", "ean", "key", "type", "kind", "category"),
        *("currency", "country", "language", "locale", "carrier", "channel", "warehouse", "lane", "method"),
        *("operation", "action", "event", "topic", "source", "version", "level", "tier", "priority", "unit", "segment"),
        *("size", "colour", "color", "brand", "date", "at", "time"),
    )
)
"""Last words of names of fields that hold one word of a fixed set, or an id of a thing."""
STATES: Final = frozenset({"status", "state", "stage", "phase"})
"""Last words of names of fields that hold a state, which may be of three words, such as `In Picking`."""

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_TOKEN: Final = re.compile(r"[\w.:/-]{1,64}")
_STATE: Final = re.compile(r"[\w-]{1,32}(?: [\w-]{1,32}){0,2}")
_CODE: Final = re.compile(
    r"[A-Z][A-Z0-9_/-]{0,31}"  # DHL, SKU-9, IN_PICKING
    r"|(?=[A-Za-z0-9]*[_-])(?=[A-Za-z_-]*[0-9])[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)+"  # o-1, a UUID
    r"|\d{4}-\d\d-\d\d(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?"  # a date
    r"|-?\d{1,11}\.\d{1,4}|-?\d{1,6}"  # an amount, a count: a telephone number is longer
)


def is_personal(name: str) -> bool:
    """Match of a field's name with PERSONAL, by any part of it."""
    flat = _flat(name)
    return any(part in flat for part in PERSONAL)


def is_detail(name: str) -> bool:
    """Match of a field's name with DETAILS, whatever its case and separators."""
    return _flat(name) in DETAILS


def is_contact(name: str) -> bool:
    """Match of a field's name with CONTACTS, whatever its case and separators."""
    return _flat(name) in CONTACTS


def is_no_words(name: str, text: str) -> bool:
    """Recognition of codes, states, dates and numbers, which are nothing about a person, by field name and form."""
    if is_personal(name):
        return False
    words = _WORD.findall(name)
    last = words[-1].casefold() if words else ""
    if last in STATES and _STATE.fullmatch(text):
        return True
    return _CODE.fullmatch(text) is not None or (last in CODES and _TOKEN.fullmatch(text) is not None)


def _flat(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "").replace(" ", "")
