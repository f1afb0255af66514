"""The REST paths of the contract as OpenAPI 3.1, for clients made without protoc and for tools that show or try them.

Everything follows from the descriptors and their comments: paths and bodies from `google.api.http`, schemas from
proto3's JSON mapping, bounds from the comments' standard phrases (`promises`), required scopes, body limits
and statuses from the RPC's options. `adjustments.json` has what no phrase says, `examples/` a request and a
response of each operation. That both directions hold (what the schema allows is taken, what it forbids is refused) is
tested with Schemathesis against a running server (tests/fuzz).
"""

from openapi.document import document

__all__ = ["document"]
