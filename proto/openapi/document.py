"""The whole document: what stands around the operations."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from edge_routes import TWINS, bindings
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import ServiceDescriptor

from openapi import errors
from openapi.operations import API_TITLES, SCHEMES, Operations, api_of, is_served, tag_of, template
from openapi.promises import Comments, Schema, comments
from openapi.schemas import Schemas, messages_of

VERSION = "3.1.0"
HERE = Path(__file__).parent

DESCRIPTION = """\
One commerce event hub behind five documented APIs: an event comes in by any of them, is stored once, and subscribers,
workflows, the loyalty scheme and schedules read it from there.

- **Errors** are in each API's own body; each has the `x-request-id` that the server's log has. A `retry-after` says
  when to come again.
- **Repeats**: a POST with an `Idempotency-Key` gets the same response again for 24 hours and has no second effect.
- **Bodies** are JSON as protobuf maps it: an absent field and `null` are the same, unknown fields are ignored, numbers
  of 64 bits are texts.
- **Extensions** are operations that none of the five documents has; they are marked so.
"""


def document(descriptors: descriptor_pb2.FileDescriptorSet, *, version: str) -> str:
    """The OpenAPI document as JSON; `descriptors` are with their comments and everything they import."""
    pool = descriptor_pool.DescriptorPool()
    for file in descriptors.file:
        pool.Add(file)
    said = comments(descriptors)
    methods = [method for service in _services(pool, descriptors) for method in service.methods]
    in_responses = frozenset(
        message.full_name for method in methods if is_served(method) for message in messages_of(method.output_type)
    )
    adjusted = json.loads((HERE / "adjustments.json").read_text())
    schemas = Schemas(said, adjusted, in_responses)
    operations = Operations(schemas, adjusted, _examples())
    paths: dict[str, dict[str, object]] = {}
    for method in methods:
        for number, binding in enumerate(bindings(method)):
            if not binding.path.startswith(TWINS):
                made = operations.operation(method, binding, number)
                paths.setdefault(template(binding.path), {})[binding.verb.lower()] = made
    found = {
        "openapi": VERSION,
        "info": _info(version),
        "servers": [{"url": "/", "description": "The server that serves this document."}],
        "tags": list(_tags(pool, descriptors, said)),
        "x-tagGroups": list(_tag_groups(pool, descriptors)),
        "paths": paths,
        "components": {
            "schemas": {**dict(sorted(schemas.components.items())), **errors.SCHEMAS},
            "responses": operations.responses,
            "headers": _HEADERS,
            "parameters": _PARAMETERS,
            "securitySchemes": dict(SCHEMES),
        },
    }
    return json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


_HEADERS: Mapping[str, Schema] = {
    "RequestId": {
        "description": "Id of the request, the client's own where it sent one; the server's log has it.",
        "schema": {"type": "string"},
        "example": "0198f3a1c2d47e5f",
    },
    "RetryAfter": {
        "description": "Seconds to wait before the request is sent again.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
        "example": "1",
    },
}
_PARAMETERS: Mapping[str, Schema] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "A repeat with the same key gets the same response for 24 hours and has no second effect; "
        "another request under the same key is 409. Not looked at where the body has an id of the caller's, which does"
        " the same.",
        "schema": {"type": "string", "pattern": '^([A-Za-z0-9._:~-]{1,128}|"[A-Za-z0-9._:~-]{1,128}")$'},
        "example": "0198f3a1-c2d4-7e5f-8a9b-0c1d2e3f4a5b",
    },
}


def _info(version: str) -> Schema:
    return {
        "title": "Tidings",
        "version": version,
        "description": DESCRIPTION,
        "contact": {"name": "Tidings"},
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }


def _services(
    pool: descriptor_pool.DescriptorPool, descriptors: descriptor_pb2.FileDescriptorSet
) -> Iterator[ServiceDescriptor]:
    for file in descriptors.file:
        for service in file.service:
            yield pool.FindServiceByName(f"{file.package}.{service.name}")


def _shown(
    pool: descriptor_pool.DescriptorPool, descriptors: descriptor_pb2.FileDescriptorSet
) -> list[ServiceDescriptor]:
    """Services with an operation, in the order of the APIs."""
    order = list(API_TITLES)
    shown = [one for one in _services(pool, descriptors) if any(map(is_served, one.methods))]
    return sorted(shown, key=lambda one: (order.index(api_of(one)), one.name))


def _tags(
    pool: descriptor_pool.DescriptorPool, descriptors: descriptor_pb2.FileDescriptorSet, said: Comments
) -> Iterator[Schema]:
    for service in _shown(pool, descriptors):
        yield {"name": tag_of(service), "description": said.of(service.full_name) or tag_of(service)}


def _tag_groups(
    pool: descriptor_pool.DescriptorPool, descriptors: descriptor_pb2.FileDescriptorSet
) -> Iterator[Schema]:
    shown = _shown(pool, descriptors)
    for api, title in API_TITLES.items():
        yield {"name": title, "tags": [tag_of(one) for one in shown if api_of(one) == api]}


def _examples() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in sorted((HERE / "examples").glob("*.json")):
        found.update(json.loads(path.read_text()))
    return found
