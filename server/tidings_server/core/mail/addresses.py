"""Addresses of mail, as clients and producers write them."""

from typing import Final

from email_validator import EmailNotValidError, validate_email

from tidings_server.core.emails import MAX_ADDRESS
from tidings_server.errors import InvalidInput

_RULE: Final = "must be one address such as ada@example.com, without a name around it"


def check_address(text: str, field: str) -> str:
    """The address in its normal form. Raises InvalidInput on `field` for what is not exactly one.

    Domains in other scripts and of a network of one's own are taken; lists, names, comments, control characters and
    address literals are not. Whether anybody reads mail there is not asked. Source: RFC 5321, 4.1.2.
    """
    address = known_address(text)
    if address is None:
        raise InvalidInput.of(field, _RULE, f"string of {len(text):,} characters")
    return address


def known_address(text: str) -> str | None:
    """The address in its normal form, None for what is none: producers may send anything."""
    if not text.isprintable() or len(text) > MAX_ADDRESS:
        return None
    try:
        address = validate_email(text, check_deliverability=False, test_environment=True, strict=True).normalized
    except EmailNotValidError:
        return None
    return address if len(address.encode()) <= MAX_ADDRESS else None
