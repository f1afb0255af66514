"""Operations whose bodies no message describes: forms, token responses, key sets, server-sent events, JSON lines."""

from collections.abc import Mapping

from google.protobuf.descriptor import MethodDescriptor

from openapi.promises import Schema
from openapi.schemas import Schemas

BY_FORM = frozenset({"ExchangeForm"})
"""Methods that take a form."""
OF_STORE = frozenset({"LogIn"})
"""Methods that take no credentials but the header `store`."""
WAITS = "CreateSyncEvent"
"""The method whose 404 is either of two bodies."""

SELECTED: Schema = {
    "title": "Selected fields",
    "type": "object",
    "description": "With `responseFields`: the fields that it names, and no others.",
}

_FORM: Schema = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {
            "type": "string",
            "enum": ["client_credentials", "password"],
            "description": "How the caller proves who it is.",
        },
        "client_id": {"type": "string", "description": "Id of the OAuth client, where HTTP Basic does not carry it."},
        "client_secret": {
            "type": "string",
            "format": "password",
            "description": "Secret of the OAuth client, where HTTP Basic does not carry it.",
        },
        "username": {"type": "string", "description": "User name, for the grant type `password`."},
        "password": {"type": "string", "format": "password", "description": "Password of that user."},
        "scope": {"type": "string", "description": "Scopes, separated by blanks. Absent: all that the credential has."},
    },
}
FORM_BODY: Schema = {
    "required": True,
    "content": {
        "application/x-www-form-urlencoded": {
            "schema": _FORM,
            "example": {
                "grant_type": "client_credentials",
                "client_id": "f3b2c1d0e4a59687",
                "client_secret": "the-secret-of-the-client",
            },
        }
    },
}

_ONE_CLICK: Schema = {
    "required": False,
    "content": {
        "application/x-www-form-urlencoded": {
            "schema": {"type": "object", "properties": {"List-Unsubscribe": {"type": "string"}}},
            "example": {"List-Unsubscribe": "One-Click"},
        }
    },
}
FORMS: Mapping[str, Schema] = {"ExchangeForm": FORM_BODY, "Unsubscribe": _ONE_CLICK}
"""Bodies of requests that are forms, by method."""

_CONSOLE: Schema = {
    "text/html": {
        "schema": {"type": "string", "description": "The page of the console."},
        "example": "<!doctype html><html><body></body></html>",
    }
}
_PAGE: Schema = {
    "text/html": {
        "schema": {"type": "string", "description": "A page for the recipient of a mail."},
        "example": "<!doctype html><html><body><p>You are unsubscribed.</p></body></html>",
    }
}
_TOKEN: Schema = {
    "type": "object",
    "required": ["access_token", "expires_in", "scope", "token_type"],
    "properties": {
        "access_token": {"type": "string", "description": "Send it as `Authorization: Bearer`."},
        "token_type": {"type": "string", "description": "`Bearer`; `bearer` for the grant type `password`."},
        "expires_in": {"type": "integer", "minimum": 1, "description": "Life of the token in seconds."},
        "scope": {"type": "string", "description": "Scopes of the token, separated by blanks."},
    },
}
_KEY: Schema = {
    "type": "object",
    "description": "A public key (RFC 7517).",
    "required": ["kid", "kty"],
    "properties": {name: {"type": "string"} for name in ("alg", "crv", "kid", "kty", "use", "x")},
}
_JWKS: Schema = {
    "type": "object",
    "required": ["keys"],
    "properties": {"keys": {"type": "array", "items": _KEY}},
}
_STREAM_EXAMPLE = """\
id: MDE5OGYzYTE
event: order.created
data: {"position":"MDE5OGYzYTE","topic":"order.created","event":{"id":"order-1001-created"}}

: still here

"""
_EXPORT_EXAMPLE = """\
{"holding": "log_event", "values": {"event_id": "order-1001-created"}}
{"end": {"rows": 1}}
"""

CONTENTS: Mapping[str, Schema] = {
    "ExchangeForm": {
        "application/json": {
            "schema": _TOKEN,
            "example": {
                "access_token": "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJkZW1vIn0.c2lnbmF0dXJl",
                "token_type": "Bearer",
                "expires_in": 18000,
                "scope": "events:read events:write",
            },
        }
    },
    "GetJwks": {
        "application/json": {
            "schema": _JWKS,
            "example": {
                "keys": [
                    {
                        "kty": "OKP",
                        "crv": "Ed25519",
                        "kid": "k1",
                        "use": "sig",
                        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                    }
                ]
            },
        }
    },
    "ShowUnsubscribe": _PAGE,
    "ShowPortal": _CONSOLE,
    "Unsubscribe": _PAGE,
    "StreamEvents": {
        "text/event-stream": {
            "schema": {
                "type": "string",
                "description": "Server-sent events: `id` is the position to resume after, `event` the topic, `data` a "
                "`WatchEventsResponse`. A comment every 15 s keeps the connection open.",
            },
            "example": _STREAM_EXAMPLE,
        }
    },
    "FollowBacktest": {
        "text/event-stream": {
            "schema": {
                "type": "string",
                "description": "Server-sent events: the data of each is a `Backtest`; the last one `isComplete`.",
            },
            "example": 'data: {"ruleId":"0198f3a0","eventsAssessed":120,"points":600.0,"isComplete":true}\n\n',
        }
    },
    "ExportPerson": {
        "application/x-ndjson": {
            "schema": {
                "type": "string",
                "description": 'JSON lines: `{"holding": …, "values": {…}}` for each row, and last '
                '`{"end": {"rows": n}}`, without which the file is not whole.',
            },
            "example": _EXPORT_EXAMPLE,
        }
    },
}
"""Bodies of responses by method."""

HEADERS: Mapping[str, list[Schema]] = {
    "StreamEvents": [
        {
            "name": "Last-Event-ID",
            "in": "header",
            "required": False,
            "description": "Position to resume after, as browsers send it when they connect again.",
            "schema": {"type": "string", "maxLength": 1024},
        }
    ],
}
"""Headers that a method reads beside those of all."""


def not_found_or_no_match(schemas: Schemas, method: MethodDescriptor) -> Schema:
    """The 404 of the call that waits: no ruleset matched, in its own body, or an error."""
    answer = schemas.response(method.output_type)
    return {
        "description": "No ruleset matched the event (`NO_MATCH`), or there is no such thing.",
        "content": {
            "application/json": {
                "schema": {"anyOf": [answer, {"$ref": "#/components/schemas/orchestration.Error"}]},
                "example": {
                    "eventId": "5d1e3d4c-0a1c-4c9a-8f0e-0e8f3f8f2b1a",
                    "entityId": "1002",
                    "eventStatus": "NO_MATCH",
                },
            }
        },
    }
