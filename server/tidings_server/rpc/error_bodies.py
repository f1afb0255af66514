"""Error bodies: gRPC status, HTTP status and the body in the caller's dialect, for every error.

gRPC clients read google.rpc.Status (ErrorInfo, BadRequest, RetryInfo) from `grpc-status-details-bin`. REST clients get
the dialect's own body: it travels as ASCII JSON in the trailer `x-http-body`, its status in `x-http-code`, its media
type in `x-http-content-type`; edge.lua applies and removes the three. Everything together stays below the 8 KiB of
metadata that gRPC clients take by default: violations beyond MAX_VIOLATION_TEXT are left out.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from json.encoder import encode_basestring_ascii as quoted

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo, RetryInfo
from google.rpc.status_pb2 import Status

from tidings_server.platform import errors
from tidings_server.rpc import xml_bodies
from tidings_server.rpc.metadata import RpcCall
from tidings_server.rpc.method import Rpc

DOMAIN = "tidings"
MAX_MESSAGE = 600
MAX_VIOLATION_TEXT = 900
"""Characters of all violations of one answer together."""

PROBLEM_JSON = "application/problem+json"
JSON = "application/json"

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


@dataclass(frozen=True, slots=True)
class ErrorFormat:
    """Form of errors in one dialect: `body` as `content_type`, in one line of ASCII where `printed` does it."""

    content_type: str
    body: Callable[[ErrorDetails], Mapping[str, object]]
    printed: Callable[[Mapping[str, object]], str] = lambda body: json.dumps(body, separators=(",", ":"))


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
        message=_cut(_said(error, violations), MAX_MESSAGE),
        violations=violations,
        retry_after_s=None if error.retry_after_s is None else max(1, math.ceil(error.retry_after_s)),
        request_id=call.request_id,
        path=call.path,
        resource=rpc.resource,
        rpc=rpc.path,
        verb=rpc.verb,
    )


def trailers_of(problem: ErrorDetails, form: ErrorFormat) -> tuple[tuple[str, str | bytes], ...]:
    """Trailing metadata of a failed call: the details for gRPC clients, and the answer for REST clients."""
    trailers: list[tuple[str, str | bytes]] = [
        ("x-request-id", problem.request_id),
        ("x-http-code", str(problem.status.value)),
        ("x-http-content-type", form.content_type),
        ("x-http-body", form.printed(form.body(problem))),
        ("grpc-status-details-bin", _details(problem)),
    ]
    if problem.retry_after_s is not None:
        trailers.append(("retry-after", str(problem.retry_after_s)))
    if problem.status is HTTPStatus.UNAUTHORIZED:
        trailers.append(("www-authenticate", 'Basic realm="tidings"' if form is TOKENS else "Bearer"))
    return tuple(trailers)


def _jhipster(problem: ErrorDetails) -> Mapping[str, object]:
    """RFC 9457 as JHipster prints it (document 000; also the operator's API)."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.message,
        "path": problem.path,
        "message": f"error.{problem.reason.lower()}",
        "requestId": problem.request_id,
    }
    if problem.status is HTTPStatus.BAD_REQUEST:
        body["fieldErrors"] = [
            {"objectName": problem.resource, "field": violation.field, "message": _rule(violation)}
            for violation in problem.violations
        ]
    return body


def _fluent(problem: ErrorDetails) -> Mapping[str, object]:
    """The error body of document 001, one entry for each bad field; the request id is an addition."""
    code = str(problem.status.value)
    messages = list(map(str, problem.violations)) or [problem.message]
    return {
        "errors": [{"code": code, "message": message} for message in messages],
        "requestId": problem.request_id,
    }


_KIBO_CODES = {
    HTTPStatus.BAD_REQUEST: "VALIDATION_CONFLICT",
    HTTPStatus.UNAUTHORIZED: "UNAUTHORIZED",
    HTTPStatus.FORBIDDEN: "FORBIDDEN",
    HTTPStatus.NOT_FOUND: "ITEM_NOT_FOUND",
    HTTPStatus.CONFLICT: "ITEM_CONFLICT",
    HTTPStatus.INTERNAL_SERVER_ERROR: "UNEXPECTED_ERROR",
}
"""Codes of document 002's vendor; other statuses give their own reason."""


def _kibo(problem: ErrorDetails) -> Mapping[str, object]:
    """The error body of document 002's vendor."""
    code = _KIBO_CODES.get(problem.status, problem.reason)
    return {
        "message": problem.message,
        "errorCode": code,
        "subErrorCode": problem.reason,
        "applicationName": "Tidings",
        "items": [
            {
                "errorCode": code,
                "message": str(violation),
                "applicationName": "Tidings",
                "applicationErrorData": [{"name": "field", "value": violation.field}],
            }
            for violation in problem.violations
        ],
        "additionalErrorData": [{"name": "requestId", "value": problem.request_id}],
        "exceptionDetail": None,
    }


_TALLYMARKS_CODES = {
    HTTPStatus.UNAUTHORIZED: "Unauthorized",
    HTTPStatus.FORBIDDEN: "Unauthorized",
    HTTPStatus.NOT_FOUND: "NotFound",
    HTTPStatus.CONFLICT: "Conflict",
    HTTPStatus.PRECONDITION_FAILED: "Conflict",
    HTTPStatus.TOO_MANY_REQUESTS: "TooManyRequests",
}
"""Codes of document 003 by status; else BadRequest, from 500 on InternalError. Source: WIRE.md 003 (c)."""
_TALLYMARKS_REASONS = {
    errors.InsufficientBalance.reason: "InsufficientBalance",
    errors.AccountLocked.reason: "AccountLocked",
}


def _tallymarks(problem: ErrorDetails) -> Mapping[str, object]:
    """The error body of document 003's vendor; the request id is an addition.

    Deviates: `value` tells the shape of what was sent, not the value itself, which may be a secret.
    """
    usual = "BadRequest" if problem.status < HTTPStatus.INTERNAL_SERVER_ERROR else "InternalError"
    return {
        "code": _TALLYMARKS_REASONS.get(problem.reason) or _TALLYMARKS_CODES.get(problem.status, usual),
        "message": problem.message,
        "detail": f"{problem.reason} at {problem.path}",
        "errors": [
            {"message": violation.rule, "param": violation.field, "value": violation.shape}
            for violation in problem.violations
        ],
        "requestId": problem.request_id,
    }


_OAUTH_CODES = {
    HTTPStatus.BAD_REQUEST: "invalid_request",
    HTTPStatus.UNAUTHORIZED: "invalid_client",
    HTTPStatus.FORBIDDEN: "unauthorized_client",
    HTTPStatus.TOO_MANY_REQUESTS: "temporarily_unavailable",
    HTTPStatus.SERVICE_UNAVAILABLE: "temporarily_unavailable",
    HTTPStatus.INTERNAL_SERVER_ERROR: "server_error",
}
_OAUTH_REASONS = frozenset({"INVALID_GRANT", "UNSUPPORTED_GRANT_TYPE", "INVALID_SCOPE"})


def _oauth(problem: ErrorDetails) -> Mapping[str, object]:
    """RFC 6749, 5.2. The request id is an addition that clients ignore."""
    by_reason = problem.reason.lower() if problem.reason in _OAUTH_REASONS else None
    return {
        "error": by_reason or _OAUTH_CODES.get(problem.status, "invalid_request"),
        "error_description": problem.message,
        "requestId": problem.request_id,
    }


_LAGERKOLL_CODES = {HTTPStatus.UNAUTHORIZED: 900001, HTTPStatus.TOO_MANY_REQUESTS: 900429}
_LAGERKOLL_CALLS = {"GET": 907001, "POST": 907002, "DELETE": 907004}
_LAGERKOLL_COMMON = 900101
_NOT_OF_CALLS = frozenset(
    {
        HTTPStatus.NOT_ACCEPTABLE,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.SERVICE_UNAVAILABLE,
    }
)


def _lagerkoll(problem: ErrorDetails) -> Mapping[str, object]:
    """The error body of document 004, with the call's own code for what is wrong with the request itself.

    The request id is an addition.
    """
    is_calls = problem.status not in _NOT_OF_CALLS and "LogIn" not in problem.rpc
    of_call = _LAGERKOLL_CALLS.get(problem.verb, _LAGERKOLL_COMMON) if is_calls else _LAGERKOLL_COMMON
    return {
        "errorCode": _LAGERKOLL_CODES.get(problem.status, of_call),
        "errorMessage": problem.message,
        "errorField": problem.violations[0].field if problem.violations else None,
        "errorData": None,
        "requestId": problem.request_id,
    }


COLLECTOR = ErrorFormat(PROBLEM_JSON, _jhipster)
ORCHESTRATION = ErrorFormat(JSON, _fluent)
PUSH = ErrorFormat(JSON, _kibo)
LOYALTY = ErrorFormat(JSON, _tallymarks)
TOKENS = ErrorFormat(JSON, _oauth)
OPERATOR = ErrorFormat(PROBLEM_JSON, _jhipster)
SCHEDULING = ErrorFormat(JSON, _lagerkoll)
SCHEDULING_XML = ErrorFormat(xml_bodies.XML, _lagerkoll, lambda body: xml_bodies.printed("error", body))


def _details(problem: ErrorDetails) -> bytes:
    details: list[Message] = [
        ErrorInfo(reason=problem.reason, domain=DOMAIN),
        RequestInfo(request_id=problem.request_id),
    ]
    if problem.violations:
        fields = [
            BadRequest.FieldViolation(field=violation.field, description=_rule(violation))
            for violation in problem.violations
        ]
        details.append(BadRequest(field_violations=fields))
    if problem.retry_after_s is not None:
        details.append(RetryInfo(retry_delay=Duration(seconds=problem.retry_after_s)))
    status = Status(code=problem.code.value[0], message=problem.message)
    for detail in details:
        packed = Any()
        packed.Pack(detail)
        status.details.append(packed)
    return bytes(status.SerializeToString())


def _rule(violation: errors.Violation) -> str:
    return f"{violation.rule} (got {violation.shape})" if violation.shape else violation.rule


def _said(error: errors.TidingsError, violations: tuple[errors.Violation, ...]) -> str:
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
