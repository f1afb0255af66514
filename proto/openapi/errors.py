"""Error bodies of each API as schemas and responses; rpc/error_bodies.py and envoy/lua/problems.lua make them."""

from collections.abc import Mapping
from typing import Any

from openapi.promises import Schema

TEXT: Schema = {"type": "string"}
NULL_OR_TEXT: Schema = {"type": ["string", "null"]}
REQUEST_ID: Schema = {"type": "string", "description": "Id to search the server's log for; also in `x-request-id`."}


def _object(description: str, properties: Schema, *, optional: frozenset[str] = frozenset()) -> Schema:
    required = sorted(name for name in properties if name not in optional)
    return {"type": "object", "description": description, "properties": properties, "required": required}


def _list(properties: Schema) -> Schema:
    return {"type": "array", "items": {"type": "object", "properties": properties, "required": sorted(properties)}}


_PROBLEM = _object(
    "RFC 9457, as JHipster prints it.",
    {
        "type": {"type": "string", "const": "about:blank"},
        "title": {**TEXT, "description": "The status in words."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599, "description": "The HTTP status."},
        "detail": {**TEXT, "description": "What went wrong, for people."},
        "path": {**TEXT, "description": "Path of the request."},
        "message": {**TEXT, "description": "`error.` and the machine-readable reason."},
        "fieldErrors": _list({"objectName": TEXT, "field": TEXT, "message": TEXT})
        | {"description": "Bad fields, of status 400 alone."},
        "requestId": REQUEST_ID,
    },
    optional=frozenset({"fieldErrors", "path", "requestId"}),
)

SCHEMAS: Mapping[str, Schema] = {
    "collector.Error": _PROBLEM,
    "admin.Error": _PROBLEM,
    "orchestration.Error": _object(
        "Errors of document 001.",
        {
            "errors": {**_list({"code": TEXT, "message": TEXT}), "description": "`code` is the HTTP status as a text."},
            "requestId": REQUEST_ID,
        },
    ),
    "push.Error": _object(
        "Errors of document 002's vendor.",
        {
            "message": TEXT,
            "errorCode": {**TEXT, "description": "The vendor's code, such as `ITEM_NOT_FOUND`."},
            "subErrorCode": {**TEXT, "description": "The machine-readable reason."},
            "applicationName": TEXT,
            "items": _list(
                {
                    "errorCode": TEXT,
                    "message": TEXT,
                    "applicationName": TEXT,
                    "applicationErrorData": _list({"name": TEXT, "value": TEXT}),
                }
            ),
            "additionalErrorData": _list({"name": TEXT, "value": TEXT}),
            "exceptionDetail": {"type": "null"},
        },
    ),
    "loyalty.Error": _object(
        "Errors of document 003.",
        {
            "code": {**TEXT, "description": "Such as `BadRequest`, `NotFound`, `InsufficientBalance`."},
            "message": TEXT,
            "detail": TEXT,
            "errors": _list({"message": TEXT, "param": TEXT, "value": TEXT}),
            "requestId": REQUEST_ID,
        },
    ),
    "identity.Error": _object(
        "RFC 6749, 5.2.",
        {
            "error": {**TEXT, "description": "Such as `invalid_client`, `invalid_grant`."},
            "error_description": TEXT,
            "requestId": REQUEST_ID,
        },
    ),
    "scheduling.Error": _object(
        "Errors of document 004.",
        {
            "errorCode": {
                "type": "integer",
                "description": "900001 credentials, 900101 common, 900429 too many; 9070xx a call's own.",
            },
            "errorMessage": TEXT,
            "errorField": NULL_OR_TEXT,
            "errorData": NULL_OR_TEXT,
            "requestId": REQUEST_ID,
        },
    )
    | {"xml": {"name": "error"}},
}

_ID = "0198f3a1c2d47e5f"
EXAMPLES: Mapping[str, Any] = {
    "collector": {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "event_type: is required",
        "path": "/api/v1/events",
        "message": "error.invalid_input",
        "fieldErrors": [{"objectName": "event", "field": "event_type", "message": "is required"}],
        "requestId": _ID,
    },
    "admin": {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no such tenant.",
        "path": "/admin/v1/tenants/acme",
        "message": "error.not_found",
        "requestId": _ID,
    },
    "orchestration": {
        "errors": [{"code": "404", "message": "Cannot find an event with id: 5d1e3d4c-0a1c-4c9a-8f0e-0e8f3f8f2b1a"}],
        "requestId": _ID,
    },
    "push": {
        "message": "There is no such subscription.",
        "errorCode": "ITEM_NOT_FOUND",
        "subErrorCode": "NOT_FOUND",
        "applicationName": "Tidings",
        "items": [],
        "additionalErrorData": [{"name": "requestId", "value": _ID}],
        "exceptionDetail": None,
    },
    "loyalty": {
        "code": "BadRequest",
        "message": "customerId: must be a UUID",
        "detail": "INVALID_INPUT at /api/v1/events/actions",
        "errors": [{"message": "must be a UUID", "param": "customerId", "value": "string of 3 characters"}],
        "requestId": _ID,
    },
    "identity": {"error": "invalid_client", "error_description": "The credentials are not valid.", "requestId": _ID},
    "scheduling": {
        "errorCode": 900001,
        "errorMessage": "The credentials do not match.",
        "errorField": None,
        "errorData": None,
        "requestId": _ID,
    },
}

MEDIA = {"collector": "application/problem+json", "admin": "application/problem+json"}
"""Media type of errors, where an API's is not plain JSON."""

WORDS: Mapping[str, str] = {
    "400": "The request is not valid.",
    "401": "No credentials, or bad ones.",
    "403": "The credentials lack the required scope, or name another tenant.",
    "404": "There is no such resource, or it is another tenant's.",
    "409": "The resource is in another state, or the id belongs to another body.",
    "413": "The body is larger than this call takes.",
    "415": "The body has a media type or a coding that this call does not take.",
    "429": "Too many requests, or over a quota; `retry-after` says when to come again.",
    "4XX": "Refused.",
    "5XX": "The server's fault, or it cannot do this now.",
}


def response(api: str, status: str) -> Schema:
    """The response of a status in the error body of an API (a package's name)."""
    schema = {"$ref": f"#/components/schemas/{api}.Error"}
    content: dict[str, object] = {
        MEDIA.get(api, "application/json"): {"schema": schema, "example": EXAMPLES[api]},
    }
    if api == "scheduling":
        content["application/xml"] = {"schema": schema, "example": EXAMPLES[api]}
    headers: dict[str, object] = {"x-request-id": {"$ref": "#/components/headers/RequestId"}}
    if status in {"429", "5XX"}:
        headers["retry-after"] = {"$ref": "#/components/headers/RetryAfter"}
    return {"description": WORDS[status], "headers": headers, "content": content}
