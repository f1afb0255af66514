"""Every error that a caller may see, in one tree.

    TidingsError
    ├── InvalidInput              the form is wrong: fields, rules, shapes
    │   ├── PayloadTooLarge
    │   ├── UnsupportedMediaType
    │   ├── NotAcceptable
    │   ├── InvalidGrant          a log-in refused: user, password (RFC 6749, 5.2)
    │   ├── InvalidScope          a log-in that asks for more than the credentials have
    │   └── UnsupportedGrantType
    ├── Unauthenticated           no credential, or a bad one
    ├── PermissionDenied          a good credential that may not do this
    ├── NotFound                  unknown, or another tenant's: the same answer
    ├── Conflict                  the id or key is taken by something else
    │   └── LostRace              another caller changed it first; read again and retry
    ├── WrongState                right form, but not now
    │   ├── EndpointRefused       the receiver did not confirm
    │   ├── InsufficientBalance   fewer points than a redemption asks for
    │   └── AccountLocked         a redemption of a customer whose account is locked
    ├── VersionMismatch           If-Match names another version
    ├── LimitExceeded             over a limit; `retry_after_s` is when to try again
    │   └── Overloaded            the server's own queues are full
    ├── Unavailable               cannot serve now
    │   └── StorageFull
    └── Internal                  our fault: fixed text, correlation id

The domain raises; no module below `api/` knows a status code. A class docstring is the default message.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final


@dataclass(frozen=True, slots=True)
class Violation:
    """One bad field: its path as the caller spells it, the rule it broke, and the shape of what was sent.

    `shape` describes the value without repeating it ("string of 3,000 characters"), since it may hold a secret.
    """

    field: str
    rule: str
    shape: str = ""

    def __str__(self) -> str:
        return f"{self.field}: {self.rule}" + (f" (got {self.shape})" if self.shape else "")


def one_line(violations: Sequence[Violation]) -> str:
    """The violations as one line of text."""
    return "; ".join(map(str, violations))


MAX_VIOLATIONS: Final = 20
"""Broken rules that one refusal names: who has broken more finds them after mending these."""


class TidingsError(Exception):
    """Something went wrong."""

    reason: ClassVar[str] = "INTERNAL"

    def __init__(
        self,
        message: str = "",
        *,
        violations: Sequence[Violation] = (),
        retry_after_s: float | None = None,
    ) -> None:
        self.violations = tuple(violations[:MAX_VIOLATIONS])
        self.retry_after_s = retry_after_s
        self.message = message or one_line(self.violations) or (type(self).__doc__ or "").strip()
        super().__init__(self.message)


class InvalidInput(TidingsError):
    """The request is not valid."""

    reason = "INVALID_INPUT"

    @classmethod
    def of(cls, field: str, rule: str, shape: str = "") -> "InvalidInput":
        """The error of one bad field."""
        return cls(violations=[Violation(field, rule, shape)])


class PayloadTooLarge(InvalidInput):
    """The request is larger than allowed."""

    reason = "PAYLOAD_TOO_LARGE"


class UnsupportedMediaType(InvalidInput):
    """The body's media type is not supported here."""

    reason = "UNSUPPORTED_MEDIA_TYPE"


class NotAcceptable(InvalidInput):
    """None of the accepted media types can be produced."""

    reason = "NOT_ACCEPTABLE"


class InvalidGrant(InvalidInput):
    """The user name or the password is wrong."""

    reason = "INVALID_GRANT"


class InvalidScope(InvalidInput):
    """These credentials do not have a requested scope."""

    reason = "INVALID_SCOPE"


class UnsupportedGrantType(InvalidInput):
    """The grant_type must be client_credentials or password."""

    reason = "UNSUPPORTED_GRANT_TYPE"


class Unauthenticated(TidingsError):
    """The credentials are missing or not valid."""

    reason = "UNAUTHENTICATED"


class PermissionDenied(TidingsError):
    """These credentials do not allow this."""

    reason = "PERMISSION_DENIED"


class NotFound(TidingsError):
    """There is no such resource."""

    reason = "NOT_FOUND"


class Conflict(TidingsError):
    """This id is taken by something else."""

    reason = "CONFLICT"


class LostRace(Conflict):
    """Somebody else changed this at the same moment; read it again and retry."""

    reason = "LOST_RACE"


class WrongState(TidingsError):
    """This cannot be done in the present state."""

    reason = "WRONG_STATE"


class EndpointRefused(WrongState):
    """The endpoint did not answer the signed ping with a 2xx status."""

    reason = "ENDPOINT_REFUSED"


class InsufficientBalance(WrongState):
    """The customer has fewer points than this redemption asks for."""

    reason = "INSUFFICIENT_BALANCE"


class AccountLocked(WrongState):
    """The customer's account is locked."""

    reason = "ACCOUNT_LOCKED"


class VersionMismatch(TidingsError):
    """The resource has changed since the version that If-Match names."""

    reason = "VERSION_MISMATCH"


class LimitExceeded(TidingsError):
    """Too many requests."""

    reason = "LIMIT_EXCEEDED"


class Overloaded(LimitExceeded):
    """The server is busy; retry shortly."""

    reason = "OVERLOADED"


class Unavailable(TidingsError):
    """The server cannot do this now."""

    reason = "UNAVAILABLE"


class StorageFull(Unavailable):
    """The storage is nearly full; nothing was stored."""

    reason = "STORAGE_FULL"


class Internal(TidingsError):
    """An internal error. Name the request id when you report it."""

    reason = "INTERNAL"
