"""Links by which the recipient of a mail opts out, one click without a login. Source: RFC 8058.

A link of this server has a token that only it can make: the recipient, sealed. So nobody opts out others by guessing,
and the address of a customer is in no log of a proxy. An operator whose shop has a page of its own sets a template.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol
from urllib.parse import quote

from tidings_server.platform.errors import NotFound
from tidings_server.platform.sealing import SealBroken, Sealer

PATH: Final = "/api/v1/unsubscribe/"
MAX_TOKEN: Final = 4_096
UNSUBSCRIBE_URL: Final = "unsubscribe_url"
"""Name of the link in templates."""
PLACEHOLDER: Final = "tidings:unsubscribe"
"""Link in the text of a mail that is written before its address is known; the link itself replaces it."""
_CONTEXT: Final = "unsubscribe"


class Recipient(NamedTuple):
    """A customer of a tenant, as the area `by` knows it."""

    tenant: int
    by: str
    customer: str


class OptOuts(Protocol):
    """Port to the areas that know customers."""

    async def record(self, recipient: Recipient) -> None:
        """Record that a recipient wants no more mail. Idempotent; nothing for an unknown one."""
        ...


class UnsubscribeLinks:
    """Prints links, and parses their tokens."""

    def __init__(self, sealer: Sealer, *, base_url: Callable[[], str], template: str = "") -> None:
        """`base_url` gives where others reach this server, without a slash at its end.

        `template` replaces the link by one of the operator's.
        """
        self._sealer = sealer
        self._base_url = base_url
        self._template = template

    def url(self, recipient: Recipient, address: str) -> str:
        """The link of a recipient. A template's `{customer}` and `{email}` are percent-encoded."""
        if self._template:
            values = {"{customer}": recipient.customer, "{email}": address}
            url = self._template
            for name, value in values.items():
                url = url.replace(name, quote(value, safe=""))
            return url
        sealed = self._sealer.seal(json.dumps(recipient), context=_CONTEXT)
        return f"{self._base_url()}{PATH}{urlsafe_b64encode(sealed).decode().rstrip('=')}"

    def recipient(self, token: str) -> Recipient:
        """The recipient that a token names. Raises NotFound for one that this server has not made."""
        try:
            sealed = urlsafe_b64decode(token[:MAX_TOKEN] + "=" * (-len(token) % 4))
            tenant, by, customer = json.loads(self._sealer.open(sealed, context=_CONTEXT))
        except (ValueError, SealBroken):
            raise NotFound("This link is none of this server's.") from None
        return Recipient(tenant, by, customer)
