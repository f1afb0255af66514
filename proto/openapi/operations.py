"""Operations: one for each way to call a method over HTTP."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from edge_routes import TWINS, Binding, bindings, query_fields
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from rpc_options import PUBLIC, rpc_options

from openapi import errors, special
from openapi.promises import Schema
from openapi.schemas import Schemas

MAX_BYTES = 1 << 20
"""Largest request where its RPC has no `max_bytes`."""

API_TITLES: Mapping[str, str] = {
    "collector": "Event collector (000)",
    "orchestration": "Workflow events (001)",
    "push": "Push subscriptions (002)",
    "loyalty": "Loyalty (003)",
    "scheduling": "Scheduled events (004)",
    "identity": "Tokens",
    "admin": "Administration",
}
"""The APIs by the name of their package, in the order in which they are shown."""

_HEADER_SCHEMES = {
    "tenant": ("X-TWC-Tenant", "Name or UUID of the tenant."),
    "tenantId": ("x-tenant-id", "UUID of the tenant."),
    "apiKey": ("x-api-key", "The API key."),
    "apiSecret": ("x-api-secret", "The API key's secret."),
    "store": ("store", "Id of the store."),
    "storeKey": ("api_key", "An API key of the store."),
    "userId": ("user_id", "Number of the user, as the log-in gave it."),
    "userToken": ("user_token", "Token of the user, as the log-in gave it."),
}
SCHEMES: Mapping[str, Schema] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token of `/oauth/token`; for the administration an operator's token.",
    },
    "basic": {"type": "http", "scheme": "basic", "description": "Id and secret of the OAuth client (RFC 6749, 2.3.1)."},
    **{
        name: {"type": "apiKey", "in": "header", "name": header, "description": text}
        for name, (header, text) in _HEADER_SCHEMES.items()
    },
}
SECURITY: Mapping[str, list[Mapping[str, list[str]]]] = {
    "collector": [{"bearer": [], "tenant": []}],
    "push": [{"bearer": []}],
    "orchestration": [{"bearer": []}],
    "loyalty": [{"tenantId": [], "apiKey": [], "apiSecret": []}, {"bearer": []}],
    "scheduling": [{"store": [], "storeKey": []}, {"store": [], "userId": [], "userToken": []}],
    "admin": [{"bearer": []}],
}
"""Security schemes of each API; one entry of a list is enough, all names of an entry together."""

_OK = re.compile(r"\b20[0-4]\b")
_WORDS = {
    "200": "Done.",
    "201": "Made.",
    "202": "Accepted; it goes on in the background.",
    "204": "Done; there is no body.",
}


@dataclass
class Operations:
    """Makes operations, and gathers the responses that they share."""

    schemas: Schemas
    adjusted: Mapping[str, Any]
    examples: Mapping[str, Any]
    responses: dict[str, Schema] = field(default_factory=dict)

    def operation(self, method: MethodDescriptor, binding: Binding, number: int) -> Schema:
        """One way to call a method. `number` tells the ways apart; the first is the usual one."""
        service = method.containing_service
        text = self.schemas.comments.of(method.full_name)
        options = rpc_options(method)
        api = api_of(service)
        made: Schema = {
            "operationId": f"{api}_{method.name}{_ordinal(binding, number)}",
            "tags": [tag_of(service)],
            "summary": _summary(text) + _ordinal(binding, number, words=True),
            "description": " ".join(filter(None, (text, *_requirements(options)))),
            "security": self._security(method, api, options),
            "x-rpc": method.full_name,
            "x-api": api,
            "parameters": self._parameters(method, binding),
            "responses": self._responses(method, binding, api, text),
        }
        if options.required_scope != PUBLIC:
            made["x-required-scope"] = options.required_scope
        if text.startswith("Extension:"):
            made["x-extension"] = True
        if binding.body:
            made["x-max-bytes"] = options.max_bytes or MAX_BYTES
            made["requestBody"] = self._request_body(method, binding)
        return made

    def _security(self, method: MethodDescriptor, api: str, options: Any) -> list[Mapping[str, list[str]]]:
        if method.name in special.BY_FORM:
            return [{}, {"basic": []}]
        if method.name in special.OF_STORE:
            return [{"store": []}]
        return [] if options.required_scope == PUBLIC else SECURITY[api]

    def _parameters(self, method: MethodDescriptor, binding: Binding) -> list[Schema]:
        found = [*self._path_parameters(method, binding), *self._query_parameters(method, binding)]
        found += special.HEADERS.get(method.name, [])
        scope = rpc_options(method).required_scope
        if binding.verb == "POST" and not method.server_streaming and scope != PUBLIC and not scope.endswith(":read"):
            found.append({"$ref": "#/components/parameters/IdempotencyKey"})
        return found

    def _path_parameters(self, method: MethodDescriptor, binding: Binding) -> Iterator[Schema]:
        shown = self._example(method).get("path", {})
        for name in binding.variables:
            one = method.input_type.fields_by_name[name]
            text = self.schemas.comments.of(one.full_name)
            schema = {**self.schemas.parameter(one), "minLength": 1}
            yield {
                "name": name,
                "in": "path",
                "required": True,
                "description": text,
                "schema": schema,
                **({"example": shown[name]} if name in shown else {}),
            }

    def _query_parameters(self, method: MethodDescriptor, binding: Binding) -> Iterator[Schema]:
        if binding.body == "*" or method.name in special.BY_FORM:
            return
        shown = self._example(method).get("query", {})
        required = self.adjusted["operations"].get(method.full_name, {}).get("query", ())
        for path in query_fields(method.input_type, without={binding.body, *binding.variables, *binding.constants}):
            schema = self.schemas.parameter(path[-1])
            is_repeated = any(one.is_repeated for one in path) and schema.get("type") != "array"
            name = ".".join(one.json_name for one in path)
            yield {
                "name": name,
                "in": "query",
                "required": name in required,
                "description": self.schemas.comments.of(path[-1].full_name),
                "schema": {"type": "array", "items": schema} if is_repeated else schema,
                **({"example": shown[name]} if name in shown else {}),
            }

    def _request_body(self, method: MethodDescriptor, binding: Binding) -> Schema:
        example = self._example(method)
        if method.name in special.FORMS:
            return special.FORMS[method.name]
        partial = method.full_name in self.adjusted["partial"]
        in_path: frozenset[str] = frozenset()
        if binding.body == "*":
            message, in_path = method.input_type, frozenset(binding.variables)
        else:
            inner = method.input_type.fields_by_name[binding.body].message_type
            assert inner is not None  # noqa: S101 - for mypy; a body is a message
            message = inner
        schema = self.schemas.request(message, is_partial=partial, without=in_path)
        if (further := self.adjusted["operations"].get(method.full_name, {}).get("body")) is not None:
            schema = {"allOf": [schema, further]}
        content: dict[str, object] = {"application/json": _media(schema, example, "request")}
        if api_of(method.containing_service) == "scheduling":
            content["application/xml"] = _media(schema, example, "request")
        return {"required": True, "content": content}

    def _responses(self, method: MethodDescriptor, binding: Binding, api: str, text: str) -> Schema:
        options = rpc_options(method)
        usual = str(options.success_code or 200)
        answers: Schema = {status: self._success(method, status) for status in sorted({usual, *_OK.findall(text)})}
        if method.name == special.WAITS:
            answers["404"] = {**special.not_found_or_no_match(self.schemas, method), "headers": _ID_HEADER}
        for status in _refusals(method, binding, options):
            answers.setdefault(status, self._error(api, status))
        return answers

    def _success(self, method: MethodDescriptor, status: str) -> Schema:
        made: Schema = {"description": _WORDS[status], "headers": _ID_HEADER}
        if status != "204" and not rpc_options(method).is_bodiless:
            example = self._example(method)
            shown = example.get(status) or example.get("response")
            made["content"] = self._content(method, {"response": shown} if shown is not None else {})
        return made

    def _content(self, method: MethodDescriptor, example: Mapping[str, Any]) -> Schema:
        answer = method.output_type
        if method.name in special.CONTENTS:
            return special.CONTENTS[method.name]
        if bare_list := rpc_options(method).bare_list:
            schema = self.schemas.response_field(answer.fields_by_name[bare_list])
        else:
            schema = self.schemas.response(answer)
        if "response_fields" in method.input_type.fields_by_name:
            schema = {"anyOf": [schema, special.SELECTED]}
        content: dict[str, object] = {"application/json": _media(schema, example, "response")}
        if api_of(method.containing_service) == "scheduling":
            content["application/xml"] = _media(schema, example, "response")
        return content

    def _error(self, api: str, status: str) -> Schema:
        name = f"{api}.{status}"
        self.responses.setdefault(name, errors.response(api, status))
        return {"$ref": f"#/components/responses/{name}"}

    def _example(self, method: MethodDescriptor) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.examples.get(method.full_name.removeprefix("tidings."), {})
        return found


_ID_HEADER: Schema = {"x-request-id": {"$ref": "#/components/headers/RequestId"}}


def api_of(service: ServiceDescriptor) -> str:
    """The API of a service: the name of its package."""
    return str(service.file.package).split(".")[1]


def tag_of(service: ServiceDescriptor) -> str:
    """The tag of a service's operations, such as `Loyalty: customer`."""
    words = re.findall(r"[A-Z][a-z]*", service.name.removesuffix("Service"))
    title = API_TITLES[api_of(service)].partition(" (")[0]
    return f"{title}: {' '.join(words).lower()}"


def is_served(method: MethodDescriptor) -> bool:
    """Whether REST has the method, by a path of its own."""
    return any(not binding.path.startswith(TWINS) for binding in bindings(method))


def template(path: str) -> str:
    """A path as OpenAPI writes it."""
    return re.sub(r"\{(\w+)=[^}]*\}", r"{\1}", path)


def _ordinal(binding: Binding, number: int, *, words: bool = False) -> str:
    """Suffix that tells a further way to call a method from the first: by its path, or by its verb."""
    if not number:
        return ""
    kind = ("realm", "for a realm") if "realm" in binding.path else ("alias", "by its other path")
    return f" ({kind[1]})" if words else f"_{kind[0]}{number if number > 1 else ''}"


def _summary(text: str) -> str:
    first = text.removeprefix("Extension: ").split(". ")[0].split(": ")[0].rstrip(".")
    return first[:1].upper() + first[1:]


def _requirements(options: Any) -> Iterator[str]:
    """Required scope and body limit as sentences."""
    if ":" in options.required_scope or options.required_scope == "admin":
        yield f"Requires the scope `{options.required_scope}`."
    if options.max_bytes:
        yield f"The request may have up to {options.max_bytes:,} bytes."


def _refusals(method: MethodDescriptor, binding: Binding, options: Any) -> Iterator[str]:
    yield "400"
    if options.required_scope != PUBLIC or method.name in special.BY_FORM | special.OF_STORE:
        yield from ("401", "403")
    if binding.variables:
        yield "404"
    if binding.verb != "GET":
        yield "409"
    if binding.body:
        yield from ("413", "415")
    yield from ("429", "4XX", "5XX")


def _media(schema: Schema, example: Mapping[str, Any], part: str) -> Schema:
    return {"schema": schema, **({"example": example[part]} if part in example else {})}
