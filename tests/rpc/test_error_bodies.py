"""Errors as callers of each dialect see them."""

import json
from http import HTTPStatus

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo, RetryInfo
from google.rpc.status_pb2 import Status
from hypothesis import given
from hypothesis import strategies as st

from tidings.collector.v1 import events_pb2  # noqa: F401  # makes its RPCs known
from tidings_server.platform import errors
from tidings_server.rpc import error_bodies
from tidings_server.rpc.error_bodies import ErrorFormat, trailers_of
from tidings_server.rpc.error_details import ErrorDetails, error_details, statuses_of
from tidings_server.rpc.metadata import RpcCall
from tidings_server.rpc.method import rpc_of

CREATE_EVENT = rpc_of("/tidings.collector.v1.EventService/CreateEvent")
FORMATS = [error_bodies.COLLECTOR, error_bodies.PUSH, error_bodies.TOKENS, error_bodies.OPERATOR]


def _problem(error: errors.TidingsError, *, over_edge: bool = True) -> ErrorDetails:
    call = RpcCall(CREATE_EVENT.path, {}, "r-1", "/api/v1/events", over_edge=over_edge)
    return error_details(error, call=call, rpc=CREATE_EVENT)


def _body(error: errors.TidingsError, form: ErrorFormat) -> object:
    return json.loads(str(dict(trailers_of(_problem(error), form))["x-http-body"]))


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (errors.InvalidInput, grpc.StatusCode.INVALID_ARGUMENT, 400),
        (errors.InvalidGrant, grpc.StatusCode.INVALID_ARGUMENT, 400),
        (errors.PayloadTooLarge, grpc.StatusCode.INVALID_ARGUMENT, 413),
        (errors.UnsupportedMediaType, grpc.StatusCode.INVALID_ARGUMENT, 415),
        (errors.NotAcceptable, grpc.StatusCode.INVALID_ARGUMENT, 406),
        (errors.Unauthenticated, grpc.StatusCode.UNAUTHENTICATED, 401),
        (errors.PermissionDenied, grpc.StatusCode.PERMISSION_DENIED, 403),
        (errors.NotFound, grpc.StatusCode.NOT_FOUND, 404),
        (errors.Conflict, grpc.StatusCode.ALREADY_EXISTS, 409),
        (errors.LostRace, grpc.StatusCode.ABORTED, 409),
        (errors.WrongState, grpc.StatusCode.FAILED_PRECONDITION, 409),
        (errors.EndpointRefused, grpc.StatusCode.FAILED_PRECONDITION, 409),
        (errors.VersionMismatch, grpc.StatusCode.ABORTED, 412),
        (errors.LimitExceeded, grpc.StatusCode.RESOURCE_EXHAUSTED, 429),
        (errors.Overloaded, grpc.StatusCode.RESOURCE_EXHAUSTED, 429),
        (errors.Unavailable, grpc.StatusCode.UNAVAILABLE, 503),
        (errors.StorageFull, grpc.StatusCode.UNAVAILABLE, 503),
        (errors.Internal, grpc.StatusCode.INTERNAL, 500),
        (errors.TidingsError, grpc.StatusCode.INTERNAL, 500),
    ],
)
def test_every_error_has_its_two_statuses(error: type[errors.TidingsError], code: grpc.StatusCode, status: int) -> None:
    assert statuses_of(error) == (code, HTTPStatus(status))


def test_document_000_reads_what_jhipster_prints() -> None:
    error = errors.InvalidInput.of("event.event_type", "is required")
    assert _body(error, error_bodies.COLLECTOR) == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "event_type: is required",
        "path": "/api/v1/events",
        "message": "error.invalid_input",
        "requestId": "r-1",
        "fieldErrors": [{"objectName": "event", "field": "event_type", "message": "is required"}],
    }


def test_document_000_has_field_errors_on_400_only() -> None:
    body = _body(errors.NotFound(), error_bodies.COLLECTOR)
    assert isinstance(body, dict)
    assert "fieldErrors" not in body


def test_document_002_reads_its_vendors_body() -> None:
    error = errors.InvalidInput.of("filter", "unknown field", "nosuch")
    assert _body(error, error_bodies.PUSH) == {
        "message": "filter: unknown field (got nosuch)",
        "errorCode": "VALIDATION_CONFLICT",
        "subErrorCode": "INVALID_INPUT",
        "applicationName": "Tidings",
        "items": [
            {
                "errorCode": "VALIDATION_CONFLICT",
                "message": "filter: unknown field (got nosuch)",
                "applicationName": "Tidings",
                "applicationErrorData": [{"name": "field", "value": "filter"}],
            }
        ],
        "additionalErrorData": [{"name": "requestId", "value": "r-1"}],
        "exceptionDetail": None,
    }


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.InvalidInput(), "invalid_request"),
        (errors.UnsupportedGrantType(), "unsupported_grant_type"),
        (errors.InvalidGrant(), "invalid_grant"),
        (errors.InvalidScope(), "invalid_scope"),
        (errors.Unauthenticated(), "invalid_client"),
        (errors.Unavailable(), "temporarily_unavailable"),
        (errors.Internal(), "server_error"),
    ],
)
def test_token_endpoints_answer_the_codes_of_rfc_6749(error: errors.TidingsError, code: str) -> None:
    assert _body(error, error_bodies.TOKENS) == {
        "error": code,
        "error_description": error.message,
        "requestId": "r-1",
    }


def test_grpc_clients_read_the_details() -> None:
    error = errors.Overloaded(violations=[errors.Violation("event.id", "is long", "9")], retry_after_s=0.2)
    trailers = dict(trailers_of(_problem(error, over_edge=False), error_bodies.COLLECTOR))
    status = Status.FromString(bytes(trailers["grpc-status-details-bin"]))  # type: ignore[arg-type]
    info, request, fields, retry = ErrorInfo(), RequestInfo(), BadRequest(), RetryInfo()
    for detail, packed in zip((info, request, fields, retry), status.details, strict=True):
        assert packed.Unpack(detail)
    assert (status.code, info.reason, info.domain) == (8, "OVERLOADED", "tidings")
    assert (request.request_id, retry.retry_delay.seconds) == ("r-1", 1)
    assert [(field.field, field.description) for field in fields.field_violations] == [("id", "is long (got 9)")]
    assert trailers["retry-after"] == "1"


def test_browsers_read_the_details_by_the_names_of_their_types() -> None:
    """Envoy writes them into errors of Connect as they are, and its clients know no `type.googleapis.com/`."""
    trailers = dict(trailers_of(_problem(errors.NotFound("No.")), error_bodies.COLLECTOR, is_of_browser=True))
    status = Status.FromString(bytes(trailers["grpc-status-details-bin"]))  # type: ignore[arg-type]
    assert [packed.type_url for packed in status.details] == ["google.rpc.ErrorInfo", "google.rpc.RequestInfo"]


LONG = st.text(min_size=0, max_size=3_000)
VIOLATIONS = st.lists(st.builds(errors.Violation, LONG, LONG, LONG), max_size=40)


@given(LONG, VIOLATIONS, st.sampled_from(FORMATS))
def test_error_details_fit_into_the_metadata_of_any_client(
    message: str, violations: list[errors.Violation], form: ErrorFormat
) -> None:
    problem = _problem(errors.InvalidInput(message, violations=violations))
    trailers = trailers_of(problem, form)
    size = sum(32 + len(name) + len(value) * (4 / 3 if name.endswith("-bin") else 1) for name, value in trailers)
    assert size + 3 * len(problem.message.encode()) < 8_192
    assert str(dict(trailers)["x-http-body"]).isascii()
