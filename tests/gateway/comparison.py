"""Comparison of two fronts' answers to the same call: what differs, and under which row of docs/grpc-gateway.md."""

import json
import re
from collections.abc import Iterator
from typing import Any

import requests

STATUS, LIST, ERROR, EMPTY = "status of a success", "lists of document 000", "errors", "an answer without a body"
FORM, OUTCOME = "a body that is a form", "an outcome that is no success"
KINDS = frozenset({STATUS, LIST, ERROR, EMPTY, FORM, OUTCOME})
"""Differences between answers that are as they should be, each named as the page's table names it."""

_VOLATILE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,}|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)"
    r"|\d{4}-\d\d-\d\d|[\w-]{20,}(?:\.[\w-]+)*|whsec_[\w+/=]+|\d{10,}|127\.0\.0\.1:\d+",
    re.ASCII,
)
"""Ids, secrets, times: each server makes its own."""
_MEANWHILE = frozenset(
    {"failingSince", "confirmationError", "nextPingDate", "updateDate", "nextExecutionDate", "reason", "lastAttempt"}
)
"""Fields of a subscription that the tries of its endpoint change in the background."""

_OF_EACH = frozenset({"grpcPort"})
"""Fields of a server about itself, which another one has with another value."""


def differences(
    one: requests.Response, other: requests.Response, *, is_of_background: bool = False
) -> tuple[set[str], list[str]]:
    """The listed kinds of difference between Envoy's answer and the gateway's, and every other difference in words.

    Where background work decides on it, an answer is compared by the names of its fields, and a refusal not at all.
    """
    if is_of_background and one.ok != other.ok:
        return set(), []
    if (one.request.headers.get("content-type") or "") == _FORM and other.status_code == 400:
        return {FORM}, []
    if one.status_code >= 400 and other.status_code == 200 and not list(_of_values(_body(one), _body(other), "answer")):
        return {OUTCOME}, []
    if one.status_code >= 400 or other.status_code >= 400:
        return {ERROR}, list(_of_errors(one, other))
    kinds, given, got = set(), _body(one), _body(other)
    if one.status_code != other.status_code:
        kinds.add(STATUS)
    if given == "" and got == {}:
        return kinds | {EMPTY}, []
    if isinstance(given, list) and isinstance(got, dict):
        kinds, got = kinds | {LIST}, got.get("items")
    unlisted = [] if other.status_code == 200 else [f"status {other.status_code}"]
    if is_of_background and isinstance(given, dict) and isinstance(got, dict):
        given, got = (dict.fromkeys(one) for one in (given, got))
    return kinds, unlisted + list(_of_values(given, got, "answer"))


def _of_errors(one: requests.Response, other: requests.Response) -> Iterator[str]:
    if one.status_code < 400 or other.status_code < 400:
        yield f"status {one.status_code} and {other.status_code}: {one.text[:200]} {other.text[:200]}"
    elif set(other.json()) != {"code", "message", "details"}:
        yield f"the gateway's error is no google.rpc.Status: {other.text[:200]}"
    elif other.json()["code"] == _UNIMPLEMENTED or other.json()["message"] == "Not Found":
        yield f"the gateway has no such path: {other.text[:200]}"


_FORM = "application/x-www-form-urlencoded"
_UNIMPLEMENTED = 12


def _body(response: requests.Response) -> Any:
    try:
        return json.loads(response.text)
    except ValueError:
        return response.text


def _of_values(one: Any, other: Any, where: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted((one.keys() | other.keys()) - _MEANWHILE):
            if name not in one or name not in other:
                yield f"{where}.{name} stands in one alone"
            elif name not in _OF_EACH:
                yield from _of_values(one[name], other[name], f"{where}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (first, second) in enumerate(zip(one, other, strict=True)):
            yield from _of_values(first, second, f"{where}[{index}]")
    elif _settled(one) != _settled(other):
        yield f"{where}: {one!r} and {other!r}"


def _settled(value: Any) -> Any:
    return _VOLATILE.sub("~", value) if isinstance(value, str) else value
