"""Calls of every operation of the reference that has a sample, in an order in which what is read has been made."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REFERENCE: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "generated/openapi/tidings.json").read_text(encoding="utf-8")
)
_ORDER = ("CreateTenant", "Create", "Put", "BatchCreate", "Assess", "LogIn", "List", "Search", "Get", "Test", "")
"""RPCs that begin so come first, one kind after the other; what ends or forgets something comes last."""
_ENDS = ("Deactivate", "Archive", "Revoke", "Void", "Cancel", "Suspend", "Resume", "Erase", "Delete")
_LISTS = ("items", "results", "customers")
_IDS = ("ruleId", "economyId", "eventId", "id", "customerId", "name")
_PARAMETER = re.compile(r"{(\w+)}")
_COLLECTIONS = {
    "/admin/v1/credentials/": "/admin/v1/clients/",
    "/api/v1/jobs/active/": "/api/v1/jobs/",
    "/api/v1/subscriptions/": "/api/event/push/subscriptions/",
    "/api/v1/redemptions/": "/api/v1/events/redemptions/",
    "/api/v4.1/event/": "/api/v4.1/event/async/",
}
"""Where what a path names is made, if not under the path itself."""
_UNSAID = {"realm": "demo"}
_POSITIONS = {"after", "next"}
_ENDLESS = "text/event-stream"
"""A row of the page has it: there is no end at which two answers could be compared."""


@dataclass(frozen=True)
class Sample:
    """One operation with what its sample sends."""

    operation: str
    rpc: str
    method: str
    path: str
    """With `{…}` for the parameters."""
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, Any] | None
    body: Any


class Journey:
    """The ids that one front's answers have given, which later paths name in place of the sample's."""

    def __init__(self) -> None:
        self._made: dict[str, str] = {}

    def path(self, sample: Sample) -> str:
        """The sample's path, filled in."""
        path = sample.path
        for name in _PARAMETER.findall(path):
            before = path.partition("{" + name + "}")[0]
            shown = sample.parameters.get(name, _UNSAID.get(name, "none"))
            path = path.replace("{" + name + "}", self._made.get(_COLLECTIONS.get(before, before), shown))
        return path

    def body(self, sample: Sample, path: str) -> Any:
        """The sample's body, of the tenant and the resource that were made."""
        if not isinstance(sample.body, dict):
            return sample.body
        own = {"tenantId": self._made.get("/admin/v1/tenants/")}
        if sample.method == "PUT":
            own["id"] = self._made.get(f"{path}/")
        return {**sample.body, **{name: value for name, value in own.items() if value and name in sample.body}}

    def query(self, sample: Sample) -> dict[str, str]:
        """The sample's query; positions are of the server that gave them."""
        tenant = self._made.get("/admin/v1/tenants/", "")
        query = {name: value for name, value in sample.query.items() if name not in _POSITIONS}
        return query | ({"tenantId": tenant} if "tenantId" in query else {})

    def learn(self, sample: Sample, path: str, answer: Any) -> None:
        """Remember the id of what a call has made, or of the first that it has listed."""
        named = [name for name in _LISTS if isinstance(answer, dict) and name in answer]
        listed = answer[named[0]] if named else answer
        first = listed[0] if isinstance(listed, list) and listed else listed
        if isinstance(first, dict) and (sample.method == "POST" or listed is not answer):
            for name in _IDS:
                if first.get(name):
                    self._made.setdefault(f"{path}/", str(first[name]))
                    return


def samples() -> list[Sample]:
    """Every operation that the reference shows with a sample."""
    return sorted(_all(), key=_rank)


def _rank(sample: Sample) -> int:
    name = sample.rpc.rpartition(".")[2]
    ends = [rank for rank, prefix in enumerate(_ENDS) if name.startswith(prefix)]
    return (
        len(_ORDER) + ends[0] if ends else next(rank for rank, prefix in enumerate(_ORDER) if name.startswith(prefix))
    )


def _all() -> Iterator[Sample]:
    for path, item in REFERENCE["paths"].items():
        for method, operation in item.items():
            if _ENDLESS in operation["responses"].get("200", {}).get("content", {}):
                continue
            parameters = [one for one in operation.get("parameters", []) if "example" in one]
            content = operation.get("requestBody", {}).get("content", {})
            yield Sample(
                operation=operation["operationId"],
                rpc=operation["x-rpc"],
                method=method.upper(),
                path=path,
                parameters={one["name"]: str(one["example"]) for one in parameters if one["in"] == "path"},
                query={one["name"]: str(one["example"]) for one in parameters if one["in"] == "query"},
                form=content.get("application/x-www-form-urlencoded", {}).get("example"),
                body=content.get("application/json", {}).get("example"),
            )
