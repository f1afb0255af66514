"""Customer profiles, which clients change."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

MAX_ATTRIBUTES: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Profile fields without a column of their own; the e-mail address keeps its case."""

    first_name: str = ""
    last_name: str = ""
    display_name: str = ""
    email_address: str = ""
    mobile_number: str = ""
    optin_sms: bool = False
    optin_email: bool = False
    accept_terms: bool = False
    date_of_birth: str = ""
    contact_phone: str = ""
    external_status: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)

    def packed(self) -> str:
        """JSON without the empty fields."""
        filled = {name: value for name, value in asdict(self).items() if value}
        return json.dumps(filled, separators=(",", ":"), ensure_ascii=False)


EMPTY_PROFILE: Final = "{}"
"""Packed form of an empty profile, which most customers have."""
_EMPTY: Final = Profile()
PROFILE_FIELDS: Final = frozenset(each.name for each in fields(Profile))


def profile_of(packed: str) -> Profile:
    """The inverse of `Profile.packed`."""
    if packed == EMPTY_PROFILE:
        return _EMPTY
    values: dict[str, Any] = json.loads(packed)
    return Profile(**values)
