"""Outcomes of the errors of SQS and SNS."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004  botocore's own, the parent of all of its connection errors
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.exceptions import NameResolutionError

from tidings_server.delivery.destinations.aws_http import RefusedConnection
from tidings_server.delivery.message import ErrorType, Outcome, OutcomeKind, kept_answer

CODES = {
    ErrorType.THROTTLED: (
        "Throttl",
        "TooManyRequests",
        "RequestLimitExceeded",
        "OverLimit",
        "SlowDown",
        "ServiceUnavailable",
    ),
    ErrorType.CREDENTIALS: (
        "InvalidClientTokenId",
        "InvalidAccessKeyId",
        "UnrecognizedClient",
        "SignatureDoesNotMatch",
        "InvalidSignature",
        "MissingAuthenticationToken",
        "ExpiredToken",
        "OptInRequired",
        "AccessDenied",
        "AuthorizationError",
        "NotAuthorized",
        "InvalidSecurity",
        "KmsAccessDenied",
    ),
    ErrorType.NO_SUCH_DESTINATION: ("NonExistentQueue", "QueueDoesNotExist", "QueueDeletedRecently", "NotFound"),
    ErrorType.REFUSED_CONTENT: ("InvalidMessageContents",),
}
"""Parts of error codes: the two services, and the versions of their protocols, decorate the same words differently."""

TOO_LARGE_CODES = ("BatchRequestTooLong", "EntityTooLarge", "RequestTooLarge")
TOO_LARGE = ("must be shorter than", "message too long", "maximum allowed size", "cannot be longer than")


def failure(error: Exception) -> Outcome:
    """The outcome of a whole call that failed."""
    if isinstance(error, ClientError):
        details = error.response.get("Error", {})
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return _coded(str(details.get("Code", "")), str(details.get("Message", "")), status)
    return Outcome(OutcomeKind.RETRY, None, _local(error), kept_answer(_text(error).encode("utf-8", "replace")))


def concerns_one(error: Exception) -> bool:
    """Whether a call may have been refused for some of its entries alone, so that the others pass without them."""
    if not isinstance(error, ClientError):
        return False
    outcome = failure(error)
    of_content = {ErrorType.TOO_LARGE, ErrorType.REFUSED_CONTENT}
    is_request = outcome.status in range(HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR)
    return outcome.error_type in of_content or (outcome.error_type is ErrorType.SERVICE and is_request)


def entry_failure(failed: Mapping[str, Any], status: int | None) -> Outcome:
    """The outcome of one entry of a batch that went through otherwise."""
    return _coded(str(failed.get("Code", "")), str(failed.get("Message", "")), status)


def _coded(code: str, message: str, status: int | None) -> Outcome:
    """Only content that the service will never take is final: keys and queues can be put right within the retries."""
    answer = kept_answer(f"{code}: {message}".encode("utf-8", "replace"))
    is_too_large = status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or any(part in code for part in TOO_LARGE_CODES)
    if is_too_large or any(words in message.lower() for words in TOO_LARGE):
        return Outcome(OutcomeKind.EXPIRED, status, ErrorType.TOO_LARGE, answer)
    kind = next((kind for kind, parts in CODES.items() if any(part in code for part in parts)), ErrorType.SERVICE)
    if kind is ErrorType.REFUSED_CONTENT:
        return Outcome(OutcomeKind.EXPIRED, status, kind, answer)
    throttled = kind is ErrorType.THROTTLED or status in {429, 502, 503, 504}
    return Outcome(OutcomeKind.RETRY, status, ErrorType.THROTTLED if throttled else kind, answer, throttled=throttled)


def _text(error: Exception) -> str:
    """A time-out by its step, any other error by its own words."""
    if "handshake operation timed out" in str(error):
        return "time-out while handshaking"
    if isinstance(error, ConnectTimeoutError):
        return "time-out while connecting"
    if isinstance(error, (ReadTimeoutError, TimeoutError)):
        return "time-out while reading the answer"
    return str(error)


def _local(error: Exception) -> ErrorType:
    cause = error.kwargs.get("error") if isinstance(error, BotoCoreError) else None
    if isinstance(cause, RefusedConnection):
        return ErrorType.EGRESS_REFUSED
    if isinstance(cause, NameResolutionError):
        return ErrorType.DNS
    kinds: tuple[tuple[type[Exception], ErrorType], ...] = (
        (TimeoutError, ErrorType.TIMEOUT),
        (ConnectTimeoutError, ErrorType.TIMEOUT),
        (ReadTimeoutError, ErrorType.TIMEOUT),
        (SSLError, ErrorType.TLS),
        (EndpointConnectionError, ErrorType.CONNECTION),
        (ConnectionError, ErrorType.CONNECTION),
        (OSError, ErrorType.CONNECTION),
    )
    return next((kind for known, kind in kinds if isinstance(error, known)), ErrorType.SERVICE)
