"""Consent: what a mail to a customer depends on, asked again as it leaves.

A letter may wait for hours. Meanwhile the customer may have opted out or be gone, or have bought what it is about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

CATALOGUE: Final = "catalogue"
LOYALTY: Final = "loyalty"
OPTED_OUT: Final = "the customer has opted out of mail"
GONE: Final = "the customer is gone"
STOPPED: Final = "the job that wrote it was deleted"
NOTHING_LEFT: Final = "nothing that the mail is about is still wished for and sold"


@dataclass(frozen=True, slots=True)
class MailConsent:
    """Consent that a mail needs: of a customer of the catalogue or of loyalty; `job` wrote it, if it is not empty."""

    by: str
    customer: str
    job: str = ""

    def packed(self) -> dict[str, str]:
        """The consent as JSON."""
        return {"by": self.by, "customer": self.customer} | ({"job": self.job} if self.job else {})

    @classmethod
    def unpacked(cls, values: Mapping[str, Any]) -> "MailConsent | None":
        """The inverse of `packed`; None for a mail that needs none."""
        return cls(str(values["by"]), str(values["customer"]), str(values.get("job", ""))) if values else None


@dataclass(frozen=True, slots=True)
class ConsentVerdict:
    """Whether a mail may leave: `refusal` says why not; `items` are those that it may still be about, None for all.

    `to` is the customer's present address, empty where that is not known. `is_certain` is false where nothing is known
    at present, and the mail has to wait.
    """

    refusal: str = ""
    items: Sequence[str] | None = None
    to: str = ""
    is_certain: bool = True


class ConsentRegistry(Protocol):
    """Port to the areas that know customers."""

    async def verdict(
        self, tenant: int, consent: MailConsent, *, kind: str = "", items: Sequence[Mapping[str, Any]] = ()
    ) -> ConsentVerdict:
        """Whether a mail may leave now. `kind` is that of the notification, `items` are those that it lists."""
        ...
