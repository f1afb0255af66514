"""Error details: an error with its gRPC and HTTP status and bounded texts, for the error bodies of all dialects."""

import math
from dataclasses import dataclass
from http import HTTPStatus
from json.encoder import encode_basestring_ascii as quoted

import grpc

from tidings_server.platform import errors
from tidings_server.rpc.metadata import RpcCall
from tidings_server.rpc.method import Rpc

MAX_MESSAGE = 600
MAX_VIOLATION_TEXT = 900
"""Characters of all violations of one error together."""

_Code = grpc.StatusCode

STATUSES: dict[type[errors.TidingsError], tuple[grpc.StatusCode, HTTPStatus]] = {
    errors.InvalidInput: (_Code.INVALID_ARGUMENT, HTTPStatus.BAD_REQUEST),
    errors.PayloadTooLarge: (_Code.INVALID_ARGUMENT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    errors.UnsupportedMediaType: (_Code.INVALID_ARGUMENT, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    errors.NotAcceptable: (_Code.INVALID_ARGUMENT, HTTPStatus.NOT_ACCEPTABLE),
    errors.Unauthenticated: (_Code.UNAUTHENTICATED, HTTPStatus.UNAUTHORIZED),
    errors.PermissionDenied: (_Code.PERMISSION_DENIED, HTTPStatus.FORBIDDEN),
    errors.NotFound: (_Code.NOT_FOUND, HTTPStatus.NOT_FOUND),
    errors.Conflict: (_Code.ALREADY_EXISTS, HTTPStatus.CONFLICT),
    errors.LostRace: (_Code.ABORTED, HTTPStatus.CONFLICT),
    errors.WrongState: (_Code.FAILED_PRECONDITION, HTTPStatus.CONFLICT),
    errors.InsufficientBalance: (_Code.FAILED_PRECONDITION, HTTPStatus.BAD_REQUEST),
    errors.AccountLocked: (_Code.FAILED_PRECONDITION, HTTPStatus.BAD_REQUEST),
    errors.VersionMismatch: (_Code.ABORTED, HTTPStatus.PRECONDITION_FAILED),
    errors.LimitExceeded: (_Code.RESOURCE_EXHAUSTED, HTTPStatus.TOO_MANY_REQUESTS),
    errors.Unavailable: (_Code.UNAVAILABLE, HTTPStatus.SERVICE_UNAVAILABLE),
    errors.TidingsError: (_Code.INTERNAL, HTTPStatus.INTERNAL_SERVER_ERROR),
}
"""gRPC and HTTP status by error class; another class answers as its nearest ancestor."""


@dataclass(frozen=True, slots=True)
class ErrorDetails:
    """One error with all that a dialect prints. `path` has no query; `resource` names what the request's body is."""

    code: grpc.StatusCode
    status: HTTPStatus
    reason: str
    message: str
    violations: tuple[errors.Violation, ...]
    retry_after_s: int | None
    request_id: str
    path: str
    resource: str
    rpc: str
    verb: str


def statuses_of(error: type[errors.TidingsError]) -> tuple[grpc.StatusCode, HTTPStatus]:
    """Statuses of gRPC and HTTP of an error class, by its nearest ancestor in STATUSES."""
    return next(STATUSES[ancestor] for ancestor in error.__mro__ if ancestor in STATUSES)


def error_details(error: errors.TidingsError, *, call: RpcCall, rpc: Rpc) -> ErrorDetails:
    """Details of `error` for this call; texts are cut to their bounds.

    Fields are named from the resource on, for everyone: a REST caller sends it alone, a gRPC caller in a request.
    """
    code, status = statuses_of(type(error))
    violations = tuple(_within_bounds(error.violations, f"{rpc.body}." if rpc.body else ""))
    return ErrorDetails(
        code=code,
        status=status,
        reason=error.reason,
        message=_cut(_message(error, violations), MAX_MESSAGE),
        violations=violations,
        retry_after_s=None if error.retry_after_s is None else max(1, math.ceil(error.retry_after_s)),
        request_id=call.request_id,
        path=call.path,
        resource=rpc.resource,
        rpc=rpc.path,
        verb=rpc.verb,
    )


def rule_text(violation: errors.Violation) -> str:
    """Text of the broken rule, with the shape of the value where that is known."""
    return f"{violation.rule} (got {violation.shape})" if violation.shape else violation.rule


def _message(error: errors.TidingsError, violations: tuple[errors.Violation, ...]) -> str:
    """Message of the error; where it lists its violations, those that are printed."""
    is_theirs = error.violations and error.message == errors.one_line(error.violations)
    return errors.one_line(violations) if is_theirs else error.message


def _within_bounds(violations: tuple[errors.Violation, ...], around: str) -> list[errors.Violation]:
    kept: list[errors.Violation] = []
    room = MAX_VIOLATION_TEXT
    for violation in violations:
        bounded = errors.Violation(
            _cut(violation.field.removeprefix(around), 120), _cut(violation.rule, 300), _cut(violation.shape, 100)
        )
        room -= _printed(str(bounded))
        if kept and room < 0:
            break
        kept.append(bounded)
    return kept


def _cut(text: str, length: int) -> str:
    """The text, or so much of it that JSON prints it within `length` characters."""
    kept = text[:length]
    while (printed := _printed(kept)) > length:
        kept = kept[: len(kept) * length // printed]
    return kept if kept == text else kept[:-3] + "..."


def _printed(text: str) -> int:
    return len(quoted(text)) - len('""')
