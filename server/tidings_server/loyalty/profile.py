"""Who a customer is, as clients tell it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

MAX_FACTS: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is told of a customer and has no column of its own; the address as it was told, in whatever case."""

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
        """As JSON, without what is not told."""
        told = {name: value for name, value in asdict(self).items() if value}
        return json.dumps(told, separators=(",", ":"), ensure_ascii=False)


UNTOLD: Final = "{}"
"""What is packed of who has told nothing, as most customers that an event has made."""
_NOBODY: Final = Profile()
NAMES: Final = frozenset(each.name for each in fields(Profile))


def profile_of(packed: str) -> Profile:
    """The profile of `Profile.packed`."""
    if packed == UNTOLD:
        return _NOBODY
    told: dict[str, Any] = json.loads(packed)
    return Profile(**told)
