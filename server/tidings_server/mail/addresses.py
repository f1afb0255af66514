"""Validation and normalization of mail addresses."""

import re
from functools import lru_cache
from typing import Final

from email_validator import EmailNotValidError, validate_email

from tidings_server.mail.requests import MAX_ADDRESS
from tidings_server.platform.errors import InvalidInput

_PLAIN: Final = re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
"""A local part without quotes, in ASCII. Source: RFC 5321, 4.1.2 (dot-string) and 4.5.3.1.1."""

ADDRESS_RULE: Final = "must be one address such as ada@example.com, without a name around it"
NO_ADDRESS: Final = "the recipient has no valid address"


def check_address(text: str, field: str) -> str:
    """The address in normal form. Raises InvalidInput on `field` unless the text is exactly one address.

    Internationalized domains and domains of a private network are accepted; lists, display names, comments, control
    characters and address literals are not. Deliverability is not checked. Source: RFC 5321, 4.1.2.
    """
    address = known_address(text)
    if address is None:
        raise InvalidInput.of(field, ADDRESS_RULE, f"string of {len(text):,} characters")
    return address


def known_address(text: str) -> str | None:
    """The address in normal form, its domain as A-label; None for an invalid one, which producers may send."""
    if not text.isprintable() or len(text) > MAX_ADDRESS:
        return None
    local, _, domain = text.rpartition("@")
    if _PLAIN.fullmatch(local) and domain.isascii():  # nearly all: only the domain is validated, and cached
        known = _domain(domain)
        address = f"{local}@{known}" if known else None
    else:
        address = _validated(text)
    return address if address and len(address.encode()) <= MAX_ADDRESS else None


def wire_address(address: str) -> str:
    """The address as every mail server takes it: the domain as A-label, unless the local part is in another script.

    So only such a local part needs SMTPUTF8. Source: RFC 5891, 4.4; RFC 6531, 3.2.
    """
    local, at, domain = address.rpartition("@")
    return address if domain.isascii() or not local.isascii() else f"{local}{at}{_a_label(domain)}"


@lru_cache(maxsize=10_000)
def _a_label(domain: str) -> str:
    try:
        return validate_email(
            f"a@{domain}", check_deliverability=False, test_environment=True, strict=True
        ).ascii_domain
    except EmailNotValidError:
        return domain


@lru_cache(maxsize=10_000)
def _domain(domain: str) -> str | None:
    """A domain in normal form, None for an invalid one."""
    address = _validated(f"a@{domain}")
    return address.partition("@")[2] if address else None


def _validated(text: str) -> str | None:
    """The address in normal form, its domain as A-label: so only a local part in another script needs SMTPUTF8."""
    try:
        valid = validate_email(text, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError:
        return None
    return f"{valid.local_part}@{valid.ascii_domain}"
