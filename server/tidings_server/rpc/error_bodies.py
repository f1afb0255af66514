"""Error bodies: gRPC status, HTTP status and the body in the caller's dialect, for every error.

gRPC clients read google.rpc.Status (ErrorInfo, BadRequest, RetryInfo) from `grpc-status-details-bin`. REST clients get
the dialect's own body: it travels as ASCII JSON in the trailer `x-http-body`, its status in `x-http-code`, its media
type in `x-http-content-type`; edge.lua applies and removes the three. Everything together stays below the 8 KiB of
metadata that gRPC clients take by default: violations beyond `error_details.MAX_VIOLATION_TEXT` are left out.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo, RetryInfo
from google.rpc.status_pb2 import Status

from tidings_server.platform import errors
from tidings_server.rpc import xml_bodies
from tidings_server.rpc.error_details import ErrorDetails, rule_text

DOMAIN = "tidings"
TYPES = "type.googleapis.com/"

PROBLEM_JSON = "application/problem+json"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class ErrorFormat:
    """Form of errors in one dialect: `body` as `content_type`, in one line of ASCII where `printed` does it."""

    content_type: str
    body: Callable[[ErrorDetails], Mapping[str, object]]
    printed: Callable[[Mapping[str, object]], str] = lambda body: json.dumps(body, separators=(",", ":"))


def trailers_of(
    details: ErrorDetails, form: ErrorFormat, *, is_of_browser: bool = False
) -> tuple[tuple[str, str | bytes], ...]:
    """Trailing metadata of a failed call: the details for gRPC clients, and the answer for REST clients.

    For browsers the details' types are bare names, without `type.googleapis.com/`: Envoy writes them into the errors of
    Connect as they are, where clients look for the name alone. Readers of gRPC-web take both.
    """
    trailers: list[tuple[str, str | bytes]] = [
        ("x-request-id", details.request_id),
        ("x-http-code", str(details.status.value)),
        ("x-http-content-type", form.content_type),
        ("x-http-body", form.printed(form.body(details))),
        ("grpc-status-details-bin", grpc_status(details, "" if is_of_browser else TYPES).SerializeToString()),
    ]
    if details.retry_after_s is not None:
        trailers.append(("retry-after", str(details.retry_after_s)))
    if details.status is HTTPStatus.UNAUTHORIZED:
        trailers.append(("www-authenticate", 'Basic realm="tidings"' if form is TOKENS else "Bearer"))
    return tuple(trailers)


def _jhipster(details: ErrorDetails) -> Mapping[str, object]:
    """RFC 9457 as JHipster prints it (document 000; also the operator's API)."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": details.status.phrase,
        "status": details.status.value,
        "detail": details.message,
        "path": details.path,
        "message": f"error.{details.reason.lower()}",
        "requestId": details.request_id,
    }
    if details.status is HTTPStatus.BAD_REQUEST:
        body["fieldErrors"] = [
            {"objectName": details.resource, "field": violation.field, "message": rule_text(violation)}
            for violation in details.violations
        ]
    return body


def _fluent(details: ErrorDetails) -> Mapping[str, object]:
    """The error body of document 001, one entry for each bad field; the request id is an addition."""
    code = str(details.status.value)
    messages = list(map(str, details.violations)) or [details.message]
    return {
        "errors": [{"code": code, "message": message} for message in messages],
        "requestId": details.request_id,
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


def _kibo(details: ErrorDetails) -> Mapping[str, object]:
    """The error body of document 002's vendor."""
    code = _KIBO_CODES.get(details.status, details.reason)
    return {
        "message": details.message,
        "errorCode": code,
        "subErrorCode": details.reason,
        "applicationName": "Tidings",
        "items": [
            {
                "errorCode": code,
                "message": str(violation),
                "applicationName": "Tidings",
                "applicationErrorData": [{"name": "field", "value": violation.field}],
            }
            for violation in details.violations
        ],
        "additionalErrorData": [{"name": "requestId", "value": details.request_id}],
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


def _tallymarks(details: ErrorDetails) -> Mapping[str, object]:
    """The error body of document 003's vendor; the request id is an addition.

    Deviates: `value` is the shape of the sent value, not the value itself, which may be a secret.
    """
    usual = "BadRequest" if details.status < HTTPStatus.INTERNAL_SERVER_ERROR else "InternalError"
    return {
        "code": _TALLYMARKS_REASONS.get(details.reason) or _TALLYMARKS_CODES.get(details.status, usual),
        "message": details.message,
        "detail": f"{details.reason} at {details.path}",
        "errors": [
            {"message": violation.rule, "param": violation.field, "value": violation.shape}
            for violation in details.violations
        ],
        "requestId": details.request_id,
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


def _oauth(details: ErrorDetails) -> Mapping[str, object]:
    """RFC 6749, 5.2. The request id is an addition that clients ignore."""
    by_reason = details.reason.lower() if details.reason in _OAUTH_REASONS else None
    return {
        "error": by_reason or _OAUTH_CODES.get(details.status, "invalid_request"),
        "error_description": details.message,
        "requestId": details.request_id,
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


def _lagerkoll(details: ErrorDetails) -> Mapping[str, object]:
    """The error body of document 004, with the call's own code for what is wrong with the request itself.

    The request id is an addition.
    """
    is_calls = details.status not in _NOT_OF_CALLS and "LogIn" not in details.rpc
    of_call = _LAGERKOLL_CALLS.get(details.verb, _LAGERKOLL_COMMON) if is_calls else _LAGERKOLL_COMMON
    return {
        "errorCode": _LAGERKOLL_CODES.get(details.status, of_call),
        "errorMessage": details.message,
        "errorField": details.violations[0].field if details.violations else None,
        "errorData": None,
        "requestId": details.request_id,
    }


COLLECTOR = ErrorFormat(PROBLEM_JSON, _jhipster)
ORCHESTRATION = ErrorFormat(JSON, _fluent)
PUSH = ErrorFormat(JSON, _kibo)
LOYALTY = ErrorFormat(JSON, _tallymarks)
TOKENS = ErrorFormat(JSON, _oauth)
OPERATOR = ErrorFormat(PROBLEM_JSON, _jhipster)
SCHEDULING = ErrorFormat(JSON, _lagerkoll)
SCHEDULING_XML = ErrorFormat(xml_bodies.XML, _lagerkoll, lambda body: xml_bodies.printed("error", body))


def grpc_status(details: ErrorDetails, prefix: str = TYPES) -> Status:
    """The error as gRPC clients read it; `prefix` begins the types of its details."""
    messages: list[Message] = [
        ErrorInfo(reason=details.reason, domain=DOMAIN),
        RequestInfo(request_id=details.request_id),
    ]
    if details.violations:
        fields = [
            BadRequest.FieldViolation(field=violation.field, description=rule_text(violation))
            for violation in details.violations
        ]
        messages.append(BadRequest(field_violations=fields))
    if details.retry_after_s is not None:
        messages.append(RetryInfo(retry_delay=Duration(seconds=details.retry_after_s)))
    status = Status(code=details.code.value[0], message=details.message)
    for message in messages:
        name = prefix + message.DESCRIPTOR.full_name
        status.details.append(Any(type_url=name, value=message.SerializeToString()))
    return status
