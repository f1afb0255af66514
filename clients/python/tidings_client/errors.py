"""Errors of calls, in one tree.

TidingsError
├── InvalidInput        the request is wrong; `violations` say where
├── Unauthenticated     no credential, or a bad one
├── PermissionDenied    a good credential that may not do this
├── NotFound            unknown, or another tenant's
├── AlreadyExists       the id is taken by something else
├── WrongState          right form, but not now
├── Aborted             somebody changed it first; read again and retry
├── LimitExceeded       over a limit; `retry_after_s` says when again
├── Unavailable         not reached, or it cannot serve now; the retries did not help
├── DeadlineExceeded    no answer in time; it may have had its effect
└── Internal            the server's fault; name the `request_id` when you report it
"""

from dataclasses import dataclass
from typing import cast

import grpc
import grpc.aio
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo, RetryInfo
from google.rpc.status_pb2 import Status

STATUS_DETAILS = "grpc-status-details-bin"


@dataclass(frozen=True, slots=True)
class Violation:
    """An invalid field: its path in the message, and the rule that it violates."""

    field: str
    rule: str


class TidingsError(Exception):
    """A failed call. `reason` is the server's machine-readable reason, empty where the network failed."""

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        request_id: str = "",
        retry_after_s: float | None = None,
        violations: tuple[Violation, ...] = (),
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.request_id = request_id
        self.retry_after_s = retry_after_s
        self.violations = violations


class InvalidInput(TidingsError):
    """The request is not valid."""


class Unauthenticated(TidingsError):
    """The credentials are missing or not valid."""


class PermissionDenied(TidingsError):
    """These credentials do not allow this."""


class NotFound(TidingsError):
    """There is no such resource."""


class AlreadyExists(TidingsError):
    """The id is taken."""


class WrongState(TidingsError):
    """This cannot be done in the present state."""


class Aborted(TidingsError):
    """A concurrent change won."""


class LimitExceeded(TidingsError):
    """Too many requests. Nothing was done."""


class Unavailable(TidingsError):
    """The server was not reached or cannot do this now."""


class DeadlineExceeded(TidingsError):
    """No response before the deadline. The call may have had its effect: repeat it with the same id."""


class Internal(TidingsError):
    """The server failed."""


BY_CODE: dict[grpc.StatusCode, type[TidingsError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidInput,
    grpc.StatusCode.OUT_OF_RANGE: InvalidInput,
    grpc.StatusCode.UNAUTHENTICATED: Unauthenticated,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDenied,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.ALREADY_EXISTS: AlreadyExists,
    grpc.StatusCode.FAILED_PRECONDITION: WrongState,
    grpc.StatusCode.ABORTED: Aborted,
    grpc.StatusCode.RESOURCE_EXHAUSTED: LimitExceeded,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
}
BY_NUMBER = {code.value[0]: kind for code, kind in BY_CODE.items()}


def from_rpc(error: grpc.aio.AioRpcError) -> TidingsError:
    """The typed error of a failed call, with its `google.rpc` details; any other code is Internal."""
    return _typed(BY_CODE.get(error.code(), Internal), error.details() or error.code().name, _status(error))


def from_status(status: Status) -> TidingsError:
    """The typed error of one part of a call, such as an event of a stream."""
    return _typed(BY_NUMBER.get(status.code, Internal), status.message, status)


def _typed(kind: type[TidingsError], message: str, status: Status) -> TidingsError:
    info, bad, retry, request = ErrorInfo(), BadRequest(), RetryInfo(), RequestInfo()
    for detail in status.details:
        for part in (info, bad, retry, request):
            detail.Unpack(part)
    return kind(
        message,
        reason=info.reason,
        request_id=request.request_id,
        retry_after_s=retry.retry_delay.ToTimedelta().total_seconds() if retry.HasField("retry_delay") else None,
        violations=tuple(Violation(broken.field, broken.description) for broken in bad.field_violations),
    )


def _status(error: grpc.aio.AioRpcError) -> Status:
    trailer = cast("grpc.aio.Metadata", error.trailing_metadata())  # types-grpcio takes it for a tuple
    details = trailer.get(STATUS_DETAILS)
    return Status.FromString(details) if isinstance(details, bytes) else Status()
